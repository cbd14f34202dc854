# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disk images of Debian releases, and the QEMU that runs them."""
import os
import shutil
import subprocess
from pathlib import Path

from . import cache, cpio, debian
from .debian import call

HERE = Path(__file__).parent.parent
GUEST = HERE / "guest"
RELEASES = {12: "bookworm", 13: "trixie"}
OUTER = 13                      # the release whose QEMU runs every virtual host

PACKAGES = """linux-image-amd64 systemd systemd-sysv udev dbus kmod pciutils iproute2 procps
    initramfs-tools busybox-static zstd e2fsprogs fdisk dosfstools less
    grub2-common grub-pc-bin grub-efi-amd64-bin systemd-boot efibootmgr
    qemu-system-x86 qemu-utils ovmf systemd-container podman crun
    libyaml-0-2 libjansson4 libkmod2 libblkid1""".split()
MORE = {12: [], 13: ["systemd-boot-efi", "systemd-ukify"]}

# Nothing but what is under test should wake up in a machine that lives for a minute.
MASKED = """apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
    e2scrub_reap.service fstrim.timer man-db.timer logrotate.timer getty@tty1.service
    podman-auto-update.timer podman-auto-update.service podman.socket podman-restart.service
    netavark-dhcp-proxy.socket netavark-dhcp-proxy.service
    systemd-binfmt.service proc-sys-fs-binfmt_misc.automount""".split()
# They have nothing to do here at any boot and daemon-reload, and under TCG that takes them seconds.
IDLE_GENERATORS = ("podman-system", *(f"systemd-{name}" for name in (
    "cryptsetup", "debug", "hibernate-resume", "import", "integritysetup", "rc-local", "run", "ssh",
    "system-update", "sysv", "tpm2", "veritysetup")))
MACHINE_ID = "67b3d1ea2f5c4c4e9d2f9b2d6c1f0a11"

# GPT: 1 is GRUB's for BIOS, 2 the ESP, 3 the root. One image for every way to boot.
ESP_MB, ROOT_MB = 256, 4096
ROOT_OFFSET_MB = 2 + ESP_MB
LAYOUT = f"""label: gpt
start=1MiB, size=1MiB, type=21686148-6449-6E6F-744E-656564454649
size={ESP_MB}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
size={ROOT_MB}MiB, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709
"""

# What the nested guest loads when its kernel's arguments ask for it: see guest/nested-init.
NESTED_MODULES = {"button": ("button", "evdev"), "network": ("virtio_pci", "virtio_net"),
                  "panic": ("pvpanic_pci",), "shares": ("virtio_pci", "virtiofs"),
                  "vsock": ("virtio_pci", "vmw_vsock_virtio_transport")}

INITRD_MODULES = ("virtio_iommu", "virtio_pci", "virtio_blk", "virtio_console", "crc32c_generic",
                  "ext4")


def root(release):
    """Folder with root/, the unpacked and configured packages of that release."""
    packages = PACKAGES + MORE[release]
    return cache.thing(
        f"root-{release}", lambda out: debian.bootstrap(RELEASES[release], packages, out / "root"),
        packages, HERE / "lab/debian.py")


def outer_qemu():
    """The root out of which the pinned QEMU runs."""
    return root(OUTER) / "root"


def package_version(tree, package):
    status = (tree / "var/lib/dpkg/status").read_text()
    stanza = next(p for p in status.split("\n\n") if p.startswith(f"Package: {package}\n"))
    return dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line)["Version"]


def image(release):
    """Folder with disk.raw, and vmlinux, initrd, kernel-version for direct boot."""
    base = root(release)
    return cache.thing(f"image-{release}", lambda out: _make_image(base / "root", out), base.name,
                       GUEST, Path(__file__), HERE / "lab/cpio.py")


def _make_image(base, out):
    for program, package in (("mke2fs", "e2fsprogs"), ("sfdisk", "fdisk"), ("gcc", "gcc"),
                             ("zstd", "zstd")):
        debian.need(program, package)
    tree = out / "root"
    call(*debian.as_root(), "cp", "-al", base, tree)
    version = (tree / "vmlinuz").readlink().name.removeprefix("vmlinuz-")
    (out / "kernel-version").write_text(version)
    (out / "vmlinux").write_bytes(cpio.vmlinux(tree / "boot" / f"vmlinuz-{version}"))
    _settle(tree)
    _add_lab(tree, version, out / "vmlinux")
    _make_initrd(tree, version, out / "initrd")
    _make_disk(tree, out / "disk.raw")
    call(*debian.as_root(), "rm", "-rf", tree)


def _write(path, data, mode=0o644):
    """A file of its own: the tree's files are links to those of the bootstrapped root."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def _link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _settle(tree):
    """The guest's own files, no password, nothing left to do at a first boot."""
    for path in (GUEST / "root").rglob("*"):
        if path.is_file():
            _write(tree / path.relative_to(GUEST / "root"), path.read_bytes())
    units = tree / "etc/systemd/system"
    for unit in MASKED:
        _link(units / unit, "/dev/null")
    for name in IDLE_GENERATORS:
        _link(tree / f"etc/systemd/system-generators/{name}-generator", "/dev/null")
    for target in ("sysinit.target", "emergency.target"):
        _link(units / f"{target}.wants/lab-agent.service",
              "/usr/lib/systemd/system/lab-agent.service")
    shadow = (tree / "etc/shadow").read_text().splitlines(keepends=True)
    shadow = [":".join(["root", "", *line.split(":")[2:]]) if line.startswith("root:") else line
              for line in shadow]
    _write(tree / "etc/shadow", "".join(shadow).encode(), 0o640)
    for path in (tree / "etc/apt").glob("sources.list*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    _write(tree / "etc/hostname", b"lab\n")
    _write(tree / "etc/machine-id", MACHINE_ID.encode() + b"\n", 0o444)
    # What ConditionNeedsUpdate= compares with /usr.
    for folder in ("etc", "var"):
        _write(tree / folder / ".updated", b"")


def _compile(out, source):
    call("gcc", "-O2", "-static", "-Wall", "-Werror", "-o", out, source)


def _add_lab(tree, version, vmlinux):
    """What is built here rather than packaged: the agent, and the nested guest."""
    lab = tree / "usr/lib/lab"
    lab.mkdir(exist_ok=True)
    _compile(lab / "agent", GUEST / "agent.c")
    shutil.copy(vmlinux, lab / "vmlinux")
    helper = lab / "nested"
    _compile(helper, GUEST / "nested.c")
    files = {"bin/busybox": (0o100755, (tree / "usr/bin/busybox").read_bytes()),
             "bin/nested": (0o100755, helper.read_bytes()),
             "init": (0o100755, (GUEST / "nested-init").read_bytes())}
    for purpose, wanted in NESTED_MODULES.items():
        modules = _modules(tree, version, wanted)
        files |= {f"modules/{name}": file for name, file in modules.items()}
        files[f"modules/{purpose}"] = (0o100644, "\n".join(modules).encode())
    helper.unlink()
    (lab / "nested.img").write_bytes(cpio.archive(files))


def _modules(tree, version, wanted):
    """name.ko -> (mode, bytes), in the order in which they are to be loaded."""
    paths = cpio.module_paths(tree / "usr/lib/modules" / version, wanted)
    return {f"{p.name.split('.')[0]}.ko": (0o100644, cpio.module(p)) for p in paths}


def _make_initrd(tree, version, out):
    modules = _modules(tree, version, INITRD_MODULES)
    files = {f"m/{name}": file for name, file in modules.items()}
    files["modules"] = (0o100644, "\n".join(f"/m/{name}" for name in modules).encode())
    files["bin/busybox"] = (0o100755, (tree / "usr/bin/busybox").read_bytes())
    files["init"] = (0o100755, (GUEST / "direct-init").read_bytes())
    out.write_bytes(cpio.archive(files))


def _make_disk(tree, disk):
    with open(disk, "wb") as f:
        f.truncate((ROOT_OFFSET_MB + ROOT_MB + 1) << 20)
    env = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    subprocess.run(["sfdisk", "-q", disk], input=LAYOUT.encode(), check=True, env=env)
    # Features that Debian 12's GRUB cannot read are left out.
    call(*debian.as_root(), "mke2fs", "-q", "-F", "-t", "ext4", "-L", "root", "-d", tree,
         "-O", "^orphan_file,^metadata_csum_seed", "-E",
         f"offset={ROOT_OFFSET_MB << 20},lazy_itable_init=1,assume_storage_prezeroed=1",
         disk, f"{ROOT_MB}M", env=env)
