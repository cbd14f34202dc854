# SPDX-License-Identifier: LGPL-2.1-or-later
"""What describes machines, and what many of them share."""

from machine import Machine

BOOKWORM = "6.1.0-32-amd64"
TRIXIE = "6.12.41+deb13-amd64"
ROOT_NVME = "root=UUID=00000000-0000-4000-8000-00000000000a ro quiet"
MOUNTS_NVME = """
    /         ext4 nvme0n1p2
    /boot/efi vfat nvme0n1p1
"""


class Described(dict):
    """By name: what makes a machine of its description and of the functions' names."""

    def add(self, name, pci, **what):
        self[name] = lambda names: Machine(name, pci, names=names, **what)
