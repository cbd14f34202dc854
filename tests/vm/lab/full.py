# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disks that boot by themselves: GRUB for BIOS and UEFI, put there by the guest's own tools."""
from . import cache, images
from .host import Host
from .machine import Machine
from .qemu import qemu_img

INSTALL = """
set -e
mkfs.vfat -n ESP /dev/vda2 > /dev/null
udevadm settle
mkdir -p /boot/efi
mount /dev/vda2 /boot/efi
grub-install --target=i386-pc /dev/vda
grub-install --target=x86_64-efi --efi-directory=/boot/efi --no-nvram --removable
update-grub
umount /boot/efi
"""


def disk_for(host):
    return None if host.firmware == "direct" else disk(host.release)


def disk(release):
    image = images.image(release)
    from pathlib import Path
    return cache.thing(f"full-{release}", lambda out: _make(release, out), image.name,
                       Path(__file__)) / "disk.qcow2"


def _make(release, out):
    with Machine(Host(release, iommu="none"), limit=200) as vm:
        vm.wait_boot()
        vm.run(INSTALL, timeout=120)
        vm.run("sync")
        vm.power_off()
        # Only what GRUB added; the image below stays shared.
        qemu_img("convert", "-O", "qcow2", "-B", vm.disk, "-F", "raw", vm.dir / "disk.qcow2",
                 out / "disk.qcow2")
