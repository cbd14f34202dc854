# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernel arguments, and the way back when they are what keeps a host from coming up."""
import pytest
from lab.case import on, only_long
from lab.host import Host, gpu
from lab.vfio import driver

BIOS = Host(firmware="bios", cards=(gpu("gpu0"), gpu("gpu1")), gpuhost=True)
UEFI = BIOS.but(firmware="uefi")
MARK = "gpuhost_lab.mark=1"
FATAL = "rdinit=/nonexistent panic=1"    # no initramfs, so no driver for the disk: a panic

SITE = """
allowlist: ["10de:*"]
kernel_arguments: {{extra: [{extra}]}}
gpus:
  - name: gpu1
    match: {{address: "{address}"}}
    role: passthrough
"""


def declare(vm, *arguments):
    vm.put("/etc/gpuhost/host.d/50-site.yaml",
           SITE.format(extra=", ".join(arguments), address=vm.address("gpu1")))


def apply(vm):
    vm.run("gpuhost apply --yes", timeout=300)


def boot_files(vm):
    return vm.out("cd /boot/grub; cat grub.cfg; grub-editenv - list; cksum grubenv; find /etc/grub.d "
                  "/etc/default/grub.d /etc/initramfs /var/lib/gpuhost -type f -exec cksum {} +",
                  check=False)


def left(vm):
    return vm.out("grub-editenv - list | sed -n s/^gpuhost_tries=//p")


def cmdline(vm):
    return vm.read("/proc/cmdline").split()


def fall_past_panics(vm, panics):
    """The machine is reset at once, and each panic ends in a reset. Nobody touches it meanwhile."""
    vm.trouble_from = 1 << 60
    vm.start_command("echo b > /proc/sysrq-trigger")
    for _ in range(1 + panics):
        vm.wait_reset(90)
    vm.wait_boot()


COUNTER = "/sys/firmware/efi/efivars/GpuhostTries-9c6b6c1e-6f0e-4b44-9f31-5a3a2b1d7c02"


@pytest.mark.long
@on(UEFI, only_long(UEFI.but(release=12)), fresh=True, limit=900)
def test_systemd_boot(vm):
    """Arguments by kernel-install; and the firmware counts, for this loader cannot."""
    vm.run("systemctl start boot-efi.mount; bootctl --esp-path=/boot/efi install", timeout=60)
    vm.run("kernel-install add $(uname -r) /boot/vmlinuz-$(uname -r) /boot/initrd.img-$(uname -r)",
           timeout=120)
    vm.reboot()
    vm.run("systemctl start boot-efi.mount")
    declare(vm, MARK)
    apply(vm)
    assert vm.read("/etc/kernel/cmdline").split()[-1] == MARK
    assert vm.get(COUNTER)[4] == 3
    vm.reboot()
    assert MARK in cmdline(vm) and any(word.startswith("root=") for word in cmdline(vm))
    assert vm.read("/run/gpuhost/counted") == "3" and vm.get(COUNTER)[4] == 3
    assert vm.out("cat /run/gpuhost/watchdog") == "good"
    assert driver(vm, vm.address("gpu1")) == "vfio-pci"

    # As after three boots that did not come up.
    vm.run(f"chattr -i {COUNTER}; printf '\\7\\0\\0\\0\\0' > {COUNTER}")
    vm.reboot()
    assert vm.out("gpuhost status", check=False).startswith("Disarmed")
    assert driver(vm, vm.address("gpu1")) != "vfio-pci"
    vm.run("systemctl start boot-efi.mount; dpkg --purge gpuhost", timeout=300)
    assert vm.run(f"test -e /etc/kernel/cmdline -o -e {COUNTER}", check=False).rc == 1
    assert MARK not in vm.out("cat /boot/efi/loader/entries/*.conf")


ADDON = "/boot/efi/loader/addons/gpuhost.addon.efi"
IMAGE = """
systemctl start boot-efi.mount
bootctl --esp-path=/boot/efi install
ukify build --linux=/boot/vmlinuz-$(uname -r) --initrd=/boot/initrd.img-$(uname -r) \\
        --cmdline="$(sed 's/^BOOT_IMAGE=[^ ]* //' /proc/cmdline)" \\
        --output=/boot/efi/EFI/Linux/lab.efi
"""


def esp_files(vm):
    """All but what systemd-boot itself writes at each start."""
    return vm.out("cd /boot/efi && find . -type d && find . -type f ! -name random-seed "
                  "-exec cksum {} + | sort")


@pytest.mark.long
@on(UEFI, fresh=True, limit=900)
def test_unified_kernel_image(vm):
    """Arguments by an addon on the ESP, which is mounted when somebody looks; the firmware counts."""
    vm.run(IMAGE, timeout=180)
    vm.reboot()
    stub = vm.get("/sys/firmware/efi/efivars/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")
    assert stub[4:].decode("utf-16-le").startswith("systemd-stub 257")
    before = esp_files(vm)
    declare(vm, MARK)
    apply(vm)
    addon = vm.get(ADDON)
    assert MARK.encode() in addon and vm.get(COUNTER)[4] == 3
    written = vm.out(f"stat -c '%i %y' {ADDON}")
    assert "gpuhost-addon" not in vm.out("gpuhost apply --yes 2>&1", timeout=120)
    assert vm.out(f"stat -c '%i %y' {ADDON}") == written
    assert vm.out("cd /boot/efi && find . -name '*gpuhost*'") == "./loader/addons/gpuhost.addon.efi"
    vm.reboot()
    assert MARK in cmdline(vm) and any(word.startswith("root=") for word in cmdline(vm))
    assert driver(vm, vm.address("gpu1")) == "vfio-pci"
    assert vm.out("cat /run/gpuhost/watchdog") == "good"
    assert vm.run("gpuhost plan", check=False).rc == 0

    # As after three boots that did not come up. An addon cannot be left out: it is passed on.
    vm.run(f"chattr -i {COUNTER}; printf '\\7\\0\\0\\0\\0' > {COUNTER}")
    vm.reboot()
    assert vm.out("gpuhost status", check=False).startswith("Disarmed")
    assert driver(vm, vm.address("gpu1")) != "vfio-pci" and MARK in cmdline(vm)

    # Made anew, it is the same to the byte.
    vm.run(f"rm {ADDON}; gpuhost apply --yes", timeout=120)
    assert vm.get(ADDON) == addon
    vm.run("dpkg --purge gpuhost", timeout=300)
    assert esp_files(vm) == before
    assert vm.run(f"test -e {COUNTER}", check=False).rc == 1


@on(BIOS, only_long(UEFI), only_long(BIOS.but(release=12)), only_long(UEFI.but(release=12)),
    fresh=True, limit=600)
def test_grub(vm):
    before = boot_files(vm)
    declare(vm, MARK)
    apply(vm)
    assert left(vm) == "3"
    vm.reboot()
    assert MARK in cmdline(vm)
    assert vm.out("cat /run/gpuhost/watchdog") == "good"
    assert left(vm) == "3"
    assert vm.run("gpuhost check | grep watchdog", check=False).rc == 1

    # The entry of the menu, for one boot. It is no failure, so it takes no rung.
    vm.run("grub-reboot gpuhost-off")
    vm.reboot()
    assert "gpuhost=off" in cmdline(vm) and MARK not in cmdline(vm)
    assert vm.out("cat /run/gpuhost/watchdog") == "off"
    assert left(vm) == "3"
    assert vm.out("gpuhost status").startswith("Off for this boot")

    # What panics in the initramfs is tried three times; the fourth boot is without it. Nor is there a
    # shutdown before: what apply wrote is where GRUB looks for it, which knows nothing of a journal.
    declare(vm, *FATAL.split())
    vm.run("grub-editenv - set lab=1")      # moves the block to another place
    apply(vm)
    fall_past_panics(vm, 3)
    assert "gpuhost=off" in cmdline(vm) and "panic=1" not in cmdline(vm)
    assert left(vm) == "0"
    status = vm.out("gpuhost status", check=False).splitlines()[0]
    assert status.startswith("Disarmed") and "gpuhost rearm" in status
    assert "gpuhost rearm" in vm.out("journalctl -b -o cat -u gpuhost-boot-ok")

    assert vm.run("gpuhost rearm").out.startswith("Armed")
    assert left(vm) == "3"
    vm.run("gpuhost revert --yes", timeout=300)
    vm.run("grub-editenv - unset next_entry lab")   # of grub-reboot, and ours
    assert boot_files(vm) == before
