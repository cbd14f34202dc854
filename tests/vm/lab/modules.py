# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernel modules for the guest: our stand-ins, and the kernel's own mdev samples."""
import shutil
from pathlib import Path

from . import cache, debian, images
from .debian import call, fetch

OURS = images.HERE / "modules"
SAMPLES = ("mtty", "mdpy", "mbochs")


def built(release):
    """Folder with NAME.ko for the kernel in that release's image."""
    version = (images.image(release) / "kernel-version").read_text()
    return cache.thing(f"modules-{release}", lambda out: _make(release, version, out), version,
                       OURS, Path(__file__))


def install(vm, *names):
    """Loads modules in the guest, with what they need of the kernel's."""
    folder = built(vm.host.release)
    vm.run("modprobe -a vfio-pci mdev")
    for name in names:
        vm.put(f"/tmp/{name}.ko", (folder / f"{name}.ko").read_bytes())
        vm.run(f"for m in $(modinfo -F depends /tmp/{name}.ko | tr , ' '); do modprobe $m; done;"
               f"insmod /tmp/{name}.ko")


def _make(release, version, out):
    """In a root of that release: a kernel's modules need the compiler it was built with."""
    tree, work = out / "root", out / "root/tmp/modules"
    series = ".".join(version.split(".")[:2])
    debian.bootstrap(images.RELEASES[release], [f"linux-headers-{version}", "make"], tree)
    _samples(release, series, out / "apt", tree / "tmp/modules")
    for source in OURS.glob("*.c"):
        shutil.copy(source, work)
    names = [p.stem for p in work.glob("*.c") if p.stem in SAMPLES or (OURS / p.name).exists()]
    (work / "Makefile").write_text(f"obj-m := {' '.join(f'{n}.o' for n in sorted(names))}\n")
    call(*debian.as_root(), "chroot", tree, "make", "-s", "-C", f"/lib/modules/{version}/build",
         "M=/tmp/modules", "modules")
    for name in names:
        shutil.copy(work / f"{name}.ko", out)
    call(*debian.as_root(), "rm", "-rf", tree)


def _samples(release, series, folder, out):
    """samples/vfio-mdev out of the packaged kernel source, which is 140 MB and not kept."""
    folder.mkdir()
    apt = debian.private_apt(folder, images.RELEASES[release], kind="deb")
    fetch(*apt, "download", f"linux-source-{series}", cwd=folder)
    package = next(folder.glob("linux-source-*.deb"))
    call("dpkg-deb", "-x", package, folder)
    source = next(folder.rglob("linux-source-*.tar.xz"))
    call("tar", "-C", folder, "-xf", source, f"linux-source-{series}/samples/vfio-mdev")
    shutil.move(folder / f"linux-source-{series}/samples/vfio-mdev", out)
    shutil.rmtree(folder)
