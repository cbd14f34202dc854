# SPDX-License-Identifier: LGPL-2.1-or-later
"""What guides and broken kernels leave."""

from described import Described, MOUNTS_NVME, ROOT_NVME
from desktops import TWO_CARDS, TWO_REST

MACHINES = Described()
machine = MACHINES.add

# Two cards, and what guides on the net made of the machine. The second card already hangs on vfio.
FOREIGN_CMDLINE = (ROOT_NVME + " iommu=pt vfio-pci.ids=10de:2204,10de:1aef "
                   "pcie_acs_override=downstream,multifunction amd_iommu=on video=efifb:off "
                   "module_blacklist=nouveau")
machine("foreign", TWO_CARDS.format(
    first="nvidia", second="vfio-pci", audio="vfio-pci", drm=""), **TWO_REST | {
        "cmdline": FOREIGN_CMDLINE, "modules": "vfio_pci", "files": {
            "etc/modprobe.d/vfio.conf": "# a guide said so\noptions vfio-pci ids=10de:2204,10de:1aef"
                                        " disable_vga=1\nsoftdep nvidia pre: vfio-pci\n",
            "etc/modprobe.d/blacklist-gpu.conf": "blacklist nouveau\nblacklist nvidia\n"
                                                 "install nvidia /bin/false\n",
            "etc/modules": "# /etc/modules: kernel modules to load at boot time.\nvfio\n"
                           "vfio_iommu_type1\nvfio_pci\nvfio_virqfd\n",
            "etc/initramfs-tools/modules": "vfio_pci\nvfio_virqfd\n",
            "etc/driverctl.d/0000:0c:00.0": "vfio-pci\n",
            "etc/mdevctl.d/0000:0b:00.0/00000000-0000-4000-8000-0000000000aa":
                '{\n  "mdev_type": "nvidia-222",\n  "start": "auto"\n}\n',
            "etc/libvirt/qemu/win11.xml": """<domain type='kvm'>
  <name>win11</name>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source>
        <address domain='0x0000' bus='0x0c' slot='0x00' function='0x0'/>
      </source>
    </hostdev>
  </devices>
</domain>
"""}})

# What a kernel would not write, all in one machine: gpuhost must neither crash nor guess.
_PORT = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
_NEXT = "sys/devices/pci0000:00/0000:00:03.0/0000:03:00.0"
machine("hostile", """
    00:00.0 8086:3e30 0600 - reset=none
    00:01.0 8086:1901 0604 pcieport
      01:00.0 10de:2204 0300 nvidia sub=10de:147d bars=m16M,p256M
    00:02.0 8086:3e92 0300 i915 boot_vga bars=q16M,p256M,i64
    00:03.0 8086:a340 0604 pcieport
      03:00.0 10de:2684 0300 nvidia bars=m16M,p32G
    00:04.0 8086:a338 0604 pcieport
      04:00.0 10de:1eb8 0302 nvidia bars=m16M
      04:00.1 10de:10f8 0403 snd_hda_intel
    00:05.0 8086:a32c 0604 pcieport
      05:00.0 10de:26b9 0302 nvidia bars=m16M
    00:06.0 8086:a33c 0604 pcieport
      06:00.0 144d:a808 010802 nvme bars=q16K
        disk nvme0n1 259:0 parts=2
""", cmdline=ROOT_NVME, mounts=MOUNTS_NVME, files={
    f"{_PORT}/class": "display\n",                              # not a number
    f"{_PORT}/numa_node": "-99999999999999999999\n",
    f"{_NEXT}/numa_node": "",
    f"{_NEXT}/resource": "0x\n" + "z" * 5000 + "\n",
    f"{_NEXT}/reset_method": "flr\x1b[2J\x1b[31m bus\n",        # a terminal's escapes
    f"{_NEXT}/subsystem_vendor": "0x" + "f" * 400 + "\n",
    f"{_NEXT}/driver_override": "\xff\xfe\n".encode("latin-1"),
    "sys/devices/pci0000:00/0000:00:04.0/0000:04:00.0/vendor": "0x10de",
    "sys/devices/pci0000:00/0000:00:04.0/0000:04:00.0/revision": "\n",
    "sys/devices/pci0000:00/0000:00:05.0/0000:05:00.0/device": "0x26b9\0\0\0\n",
    "proc/self/mountinfo": "\n28 1\n28 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n" + "x" * 9000,
    "proc/net/route": "Iface\n\teth0\t\n",
    "proc/interrupts": "",
}, links={
    f"{_NEXT}/driver": "../../../../bus/pci/drivers/gone",      # dangling
    f"{_NEXT}/iommu_group": "../../../../kernel/iommu_groups/not-a-number",
    "sys/bus/pci/devices/0000:07:00.0": "../../../devices/pci0000:00/0000:07:00.0",
    "sys/bus/pci/devices/not-an-address": "../../../devices/pci0000:00/0000:00:00.0",
    "sys/bus/pci/devices/0000:08:00.0": "../../../../../../../../etc/passwd",
    "sys/class/drm/card9": "card9",                             # a link to itself
}, without=(
    "sys/devices/pci0000:00/0000:00:04.0/0000:04:00.1/class",
    "sys/devices/pci0000:00/0000:00:05.0/0000:05:00.0/vendor",
))
