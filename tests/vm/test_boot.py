# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines that boot by themselves: loader, kernel arguments, the distribution's own initramfs."""
import pytest
from lab.case import on
from lab.host import Host, gpu

BIOS = Host(firmware="bios", cards=(gpu(),))
UEFI = BIOS.but(firmware="uefi")
ARGUMENT = "gpuhost_lab.mark=1"


def set_grub_argument(vm, text):
    """The way of every package: a file of its own, which Debian's grub-mkconfig reads."""
    vm.put("/etc/default/grub.d/zz-mark.cfg",
           f'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT {text}"\n')
    vm.run("update-grub", timeout=90)


@pytest.mark.long
@on(UEFI, BIOS, UEFI.but(release=12), BIOS.but(release=12), limit=200)
def test_grub_argument_is_there_after_a_reboot(vm):
    assert (vm.run("test -d /sys/firmware/efi", check=False).rc == 0) == \
        (vm.host.firmware == "uefi")
    assert ARGUMENT not in vm.read("/proc/cmdline")
    set_grub_argument(vm, ARGUMENT)
    vm.reboot()
    assert ARGUMENT in vm.read("/proc/cmdline")
    assert vm.out("ls /sys/class/iommu") == "dmar0"


@pytest.mark.long
@on(BIOS, limit=200)
def test_grubenv_survives_a_power_cut(vm):
    vm.run("grub-editenv - set mark=3 && sync /boot/grub/grubenv")
    vm.power_cut()
    vm.wait_boot()
    assert "mark=3" in vm.out("grub-editenv - list")


@pytest.mark.long
@on(UEFI, limit=250)
def test_systemd_boot_takes_over_from_grub(vm):
    vm.run("systemctl start boot-efi.mount")
    vm.put("/etc/kernel/cmdline", f"root=LABEL=root ro console=ttyS0 {ARGUMENT}\n")
    vm.run("bootctl --esp-path=/boot/efi install", timeout=60)
    vm.run("kernel-install add $(uname -r) /boot/vmlinuz-$(uname -r) /boot/initrd.img-$(uname -r)",
           timeout=120)
    vm.reboot()
    assert ARGUMENT in vm.read("/proc/cmdline")
    assert "systemd-boot" in vm.out("bootctl status --no-pager 2>&1 | head -20")
