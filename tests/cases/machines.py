#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machines that the cases run on, and the trees under machines/ that they make.

    machines.py --write             write all trees
    machines.py --check             fail if a committed tree is not what is described here
    machines.py --show NAME         print one tree
    machines.py --names HWDB        refresh pci-names.hwdb from 20-pci-vendor-model.hwdb

How a machine is drawn stands in drawing.py. A shared part of two machines is a constant.
"""

import argparse
import difflib
import pathlib
import re
import sys

from machine import Machine

HERE = pathlib.Path(__file__).parent
TREES = HERE / "machines"
NAMES = HERE / "pci-names.hwdb"
SIZE_MAX = 200 * 1024  # what capture may write of an ordinary machine

BOOKWORM = "6.1.0-32-amd64"
TRIXIE = "6.12.41+deb13-amd64"
ROOT_NVME = "root=UUID=00000000-0000-4000-8000-00000000000a ro quiet"
MOUNTS_NVME = """
    /         ext4 nvme0n1p2
    /boot/efi vfat nvme0n1p1
"""

MACHINES = {}


def machine(name, pci, **what):
    """Remembers a machine; NAME.tree is made of it."""
    MACHINES[name] = lambda names: Machine(name, pci, names=names, **what)


# One NVIDIA card with its audio, USB and UCSI functions, the host's only display. The processor's
# x16 port has no ACS, so that the port stands in the card's group.
DESKTOP = """
    00:00.0 8086:3e30 0600 skl_uncore sub=1462:7b17
    00:01.0 8086:1901 0604 pcieport noacs
      01:00.0 10de:1e87 0300 nvidia sub=1462:3721 rev=a1 boot_vga bars=m16M,p256M,p32M,i128,r512K
        drm card0 renderD128 fb0 DP-1=connected DP-2=disconnected HDMI-A-1=disconnected
      01:00.1 10de:10f8 0403 snd_hda_intel sub=1462:3721 rev=a1 bars=m16K
      01:00.2 10de:1ad8 0c0330 xhci_hcd sub=1462:3721 rev=a1 bars=p256K,-,p64K reset=pm
      01:00.3 10de:1ad9 0c80 nvidia-gpu sub=1462:3721 rev=a1 bars=m4K reset=pm
    00:14.0 8086:a36d 0c0330 xhci_hcd sub=1462:7b17 bars=q64K reset=none
    00:17.0 8086:a352 010601 ahci sub=1462:7b17 bars=m8K,m256,i8,i4,i32,m2K reset=none
    00:1b.0 8086:a340 0604 pcieport
      02:00.0 144d:a808 010802 nvme sub=144d:a801 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    00:1f.0 8086:a305 0601 - sub=1462:7b17 reset=none
    00:1f.3 8086:a348 0403 snd_hda_intel sub=1462:7b17 bars=q16K,q1M reset=none
    00:1f.4 8086:a323 0c05 i801_smbus sub=1462:7b17 bars=q256 reset=none
    00:1f.6 8086:15bc 0200 e1000e sub=1462:7b17 bars=m128K reset=flr
      nic eno1
"""
DESKTOP_REST = {"mounts": MOUNTS_NVME, "route": "eno1", "swap": "/swapfile"}
machine("desktop-nvidia", DESKTOP, cmdline=ROOT_NVME, **DESKTOP_REST)
# The default route leaves by a network card plugged into the USB port of the GPU.
machine("usb-route", DESKTOP.replace("      01:00.3", "        usbnic enx00e04c680001\n      01:00.3"),
        cmdline=ROOT_NVME, **DESKTOP_REST | {"route": "enx00e04c680001"})
machine("iommu-off-firmware", DESKTOP, iommu="intel-firmware", cmdline=ROOT_NVME, **DESKTOP_REST)
machine("iommu-off-kernel", DESKTOP, iommu="intel-off", cmdline=ROOT_NVME + " intel_iommu=off",
        **DESKTOP_REST)
machine("iommu-default-off", DESKTOP, iommu="intel-off", cmdline=ROOT_NVME, kernel="6.8.0-60-generic",
        config="INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF=n INTEL_IOMMU_DEFAULT_OFF=y", **DESKTOP_REST)
machine("no-intremap", DESKTOP, iommu="intel-noremap", cmdline=ROOT_NVME + " intremap=off",
        **DESKTOP_REST)

# Two identical cards, the first one the console, on a Ryzen without an integrated GPU.
TWO_CARDS = """
    00:00.0 1022:1480 0600 - sub=1022:1480 reset=none
    00:00.2 1022:1481 0806 - sub=1022:1481 reset=none
    00:01.0 1022:1482 0600 - acs reset=none
    00:01.1 1022:1483 0604 pcieport
      01:00.0 144d:a80a 010802 nvme sub=144d:a801 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    00:03.0 1022:1482 0600 - acs reset=none
    00:03.1 1022:1483 0604 pcieport
      0b:00.0 10de:2204 0300 {first} sub=10de:147d rev=a1 boot_vga bars=m16M,p256M,p32M,i128,r512K
        drm card0 renderD128 fb0 DP-1=connected HDMI-A-1=disconnected
      0b:00.1 10de:1aef 0403 snd_hda_intel sub=10de:147d rev=a1 bars=m16K
    00:03.2 1022:1483 0604 pcieport
      0c:00.0 10de:2204 0300 {second} sub=10de:147d rev=a1 bars=m16M,p256M,p32M,i128,r512K
        {drm}
      0c:00.1 10de:1aef 0403 {audio} sub=10de:147d rev=a1 bars=m16K
    00:07.1 1022:1484 0604 pcieport
      0d:00.3 1022:149c 0c0330 xhci_hcd sub=1043:87c0 bars=q1M
    00:14.0 1022:790b 0c05 piix4_smbus sub=1043:87c0 reset=none
    00:14.3 1022:790e 0601 - sub=1043:87c0 reset=none
    00:02.0 1022:1482 0600 - acs reset=none
    00:02.1 1022:1483 0604 pcieport
      05:00.0 8086:1533 0200 igb sub=1043:85f0 bars=m128K,-,i32,m16K reset=flr+bus
        nic enp5s0
"""
SECOND_CARD = "drm card1 renderD129 DP-4=disconnected HDMI-A-2=disconnected"
TWO_REST = {"iommu": "amd", "kernel": TRIXIE, "mounts": MOUNTS_NVME, "route": "enp5s0",
            "route6": "enp5s0", "cmdline": ROOT_NVME}
machine("two-identical",
        TWO_CARDS.format(first="nvidia", second="nvidia", audio="snd_hda_intel", drm=SECOND_CARD),
        **TWO_REST)
# The same after a boot with the second card passed through.
machine("two-identical-bound",
        TWO_CARDS.format(first="nvidia", second="vfio-pci driver_override=vfio-pci",
                         audio="vfio-pci driver_override=vfio-pci", drm=""),
        **TWO_REST)

# What shows only when a VM starts or ends. The first card is bound and still shows the boot console; it
# has a bus reset and no other. The second has fallen off the bus. And the host can suspend.
_SECOND_CONFIG = "sys/devices/pci0000:00/0000:00:03.2/0000:0c:00.0/config"
machine("preflight",
        TWO_CARDS.format(first="vfio-pci driver_override=vfio-pci reset=bus", second="nvidia",
                         audio="snd_hda_intel", drm=SECOND_CARD)
        .replace("0c:00.0 10de:2204 0300 nvidia", "0c:00.0 10de:2204 0300 nvidia power_state=D3cold"),
        files={
            _SECOND_CONFIG: b"\xff\xff\xff\xff",
            _SECOND_CONFIG.replace("00:03.2/0000:0c", "00:03.1/0000:0b"): b"\xde\x10\x04\x22",
            "proc/iomem": """\
00000000-00000fff : Reserved
e0000000-f1ffffff : PCI Bus 0000:0b
  e0000000-efffffff : 0000:0b:00.0
    e0000000-e0ffffff : BOOTFB
      e0000000-e0ffffff : efifb
  f0000000-f1ffffff : 0000:0b:00.0
fe000000-febfffff : PCI Bus 0000:00
""",
            "sys/power/state": "freeze mem disk\n",
        }, **TWO_REST)

# Where the card of two-identical's first slot went when a network card took bus 0b.
machine("moved", """
    00:00.0 1022:1480 0600 - sub=1022:1480 reset=none
    00:00.2 1022:1481 0806 - sub=1022:1481 reset=none
    00:01.1 1022:1483 0604 pcieport
      01:00.0 144d:a80a 010802 nvme sub=144d:a801 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    00:02.1 1022:1483 0604 pcieport
      05:00.0 8086:1533 0200 igb sub=1043:85f0 bars=m128K,-,i32,m16K reset=flr+bus
        nic enp5s0
    00:03.1 1022:1483 0604 pcieport
      0b:00.0 8086:1572 0200 i40e sub=8086:0008 acs bars=p8M,-,-,p32K,r512K reset=flr+bus
        nic enp11s0f0
      0b:00.1 8086:1572 0200 i40e sub=8086:0000 acs bars=p8M,-,-,p32K,r512K reset=flr+bus
        nic enp11s0f1
    00:03.2 1022:1483 0604 pcieport
      0c:00.0 10de:1e87 0300 nvidia sub=1462:3721 rev=a1 boot_vga bars=m16M,p256M,p32M,i128,r512K
        drm card0 renderD128 DP-1=connected
      0c:00.1 10de:10f8 0403 snd_hda_intel sub=1462:3721 rev=a1 bars=m16K
    00:03.3 1022:1483 0604 pcieport
      0d:00.0 10de:2204 0300 nvidia sub=10de:147d rev=a1 bars=m16M,p256M,p32M,i128,r512K
        drm card1 renderD129 DP-4=disconnected
      0d:00.1 10de:1aef 0403 snd_hda_intel sub=10de:147d rev=a1 bars=m16K
""", **TWO_REST)

# A Radeon behind its own switch, with audio, USB and UCSI functions; the processor's GPU is the
# console.
machine("amd-navi", """
    00:00.0 1022:14d8 0600 - sub=1043:8877 reset=none
    00:00.2 1022:14d9 0806 - sub=1043:8877 reset=none
    00:01.0 1022:14da 0600 - acs reset=none
    00:01.1 1022:14db 0604 pcieport
      01:00.0 1002:1478 0604 pcieport rev=c1
        02:00.0 1002:1479 0604 pcieport
          03:00.0 1002:73bf 0300 amdgpu sub=1da2:e437 rev=c1 acs bars=p16G,p256M,i256,m1M,r128K \
reset=pm+bus serial_number=00-00-00-00-00-00-00-01
            drm card1 renderD129 DP-1=disconnected HDMI-A-1=disconnected
          03:00.1 1002:ab28 0403 snd_hda_intel sub=1da2:ab28 acs bars=m16K
          03:00.2 1002:73a6 0c0330 xhci_hcd sub=1da2:e437 acs bars=q1M
          03:00.3 1002:73a4 0c80 - sub=1da2:0408 acs bars=q1M
    00:02.0 1022:14da 0600 - acs reset=none
    00:02.1 1022:14db 0604 pcieport
      04:00.0 15b7:5030 010802 nvme sub=15b7:5030 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    00:02.2 1022:14db 0604 pcieport
      05:00.0 10ec:8125 0200 r8169 sub=1043:87d7 rev=05 bars=i256,q64K,q16K reset=bus
        nic enp5s0
    00:08.1 1022:14dd 0604 pcieport
      0e:00.0 1002:164e 0300 amdgpu sub=1043:8877 rev=c1 acs boot_vga bars=p256M,p2M,i256,m512K \
reset=pm
        drm card0 renderD128 fb0 DP-2=connected HDMI-A-2=disconnected
      0e:00.1 1002:1640 0403 snd_hda_intel sub=1043:8877 acs bars=m16K
      0e:00.2 1022:1649 1080 ccp sub=1043:8877 acs bars=m1M,-,m8K
      0e:00.3 1022:15b6 0c0330 xhci_hcd sub=1043:8877 acs bars=q1M
      0e:00.6 1022:15e3 0403 snd_hda_intel sub=1043:8877 acs bars=m32K
    00:14.0 1022:790b 0c05 piix4_smbus sub=1043:8877 reset=none
    00:14.3 1022:790e 0601 - sub=1043:8877 reset=none
""".replace("\\\n", ""), iommu="amd", kernel=TRIXIE, old_kernels=BOOKWORM, cmdline=ROOT_NVME,
        mounts=MOUNTS_NVME, route="enp5s0")

# A laptop: the panel hangs on the integrated GPU, the NVIDIA card is a 3D controller.
machine("laptop-hybrid", """
    00:00.0 8086:9a14 0600 - sub=17aa:22d5 reset=none
    00:02.0 8086:9a49 0300 i915 sub=17aa:22d5 rev=01 boot_vga bars=q16M,p256M,i64 reset=flr
      drm card0 renderD128 fb0 eDP-1=connected DP-1=disconnected HDMI-A-1=disconnected
    00:04.0 8086:9a03 1180 proc_thermal sub=17aa:22d5 bars=q128K reset=none
    00:06.0 8086:9a09 0604 pcieport
      04:00.0 15b7:5011 010802 nvme sub=15b7:5011 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=3
    00:14.0 8086:a0ed 0c0330 xhci_hcd sub=17aa:22d5 bars=q64K reset=none
    00:14.3 8086:a0f0 0280 iwlwifi sub=8086:0074 bars=q16K reset=flr
      nic wlp0s20f3
    00:1c.0 8086:a0b8 0604 pcieport
      01:00.0 10de:25a2 0302 nvidia sub=17aa:22d5 rev=a1 bars=m16M,p4G,p32M,i128,r512K
        drm card1 renderD129
      01:00.1 10de:228e 0403 snd_hda_intel sub=17aa:22d5 rev=a1 bars=m16K
    00:1f.0 8086:a082 0601 - sub=17aa:22d5 reset=none
    00:1f.3 8086:a0c8 0403 sof-audio-pci-intel-tgl sub=17aa:22d5 bars=q16K,q1M reset=none
""", kernel=TRIXIE, cmdline=ROOT_NVME + " splash", mounts=MOUNTS_NVME, route="wlp0s20f3",
        swap="nvme0n1p3")

# The processor's ports have no ACS and 00:01.0 and 00:01.1 are one slot: the NVMe of / stands in
# the group of the card. The integrated GPU is the console.
machine("group-root-nvme", """
    00:00.0 8086:591f 0600 skl_uncore sub=1043:8694 reset=none
    00:01.0 8086:1901 0604 pcieport noacs
      01:00.0 10de:1b06 0300 nouveau sub=1043:85e4 rev=a1 bars=m16M,p256M,p32M,i128,r512K
        drm card1 renderD129 DP-1=disconnected
      01:00.1 10de:10ef 0403 snd_hda_intel sub=1043:85e4 rev=a1 bars=m16K
    00:01.1 8086:1905 0604 pcieport noacs
      02:00.0 144d:a804 010802 nvme sub=144d:a801 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    00:02.0 8086:5912 0300 i915 sub=1043:8694 rev=04 boot_vga bars=q16M,p256M,i64 reset=flr
      drm card0 renderD128 fb0 HDMI-A-1=connected
    00:14.0 8086:a2af 0c0330 xhci_hcd sub=1043:8694 bars=q64K reset=none
    00:17.0 8086:a282 010601 ahci sub=1043:8694 bars=m8K,m256,i8,i4,i32,m2K reset=none
      disk sda 8:0 parts=1
    00:1f.0 8086:a2c5 0601 - sub=1043:8694 reset=none
    00:1f.6 8086:15b8 0200 e1000e sub=1043:8694 bars=m128K reset=flr
      nic enp0s31f6
""", kernel=TRIXIE, cmdline=ROOT_NVME, mounts=MOUNTS_NVME, route="enp0s31f6")

# A B450 board: everything behind the chipset is one group: a second card in its slot, the network
# card with the default route, the USB and SATA controllers.
machine("group-default-nic", """
    00:00.0 1022:1450 0600 - sub=1043:876b reset=none
    00:00.2 1022:1451 0806 - sub=1043:876b reset=none
    00:01.0 1022:1452 0600 - acs reset=none
    00:01.1 1022:1453 0604 pcieport
      01:00.0 144d:a808 010802 nvme sub=144d:a801 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    00:01.3 1022:1453 0604 pcieport
      02:00.0 1022:43d5 0c0330 xhci_hcd sub=1b21:1142 bars=q32K
      02:00.1 1022:43c8 010601 ahci sub=1b21:1062 bars=-,-,-,-,-,m128K
      02:00.2 1022:43c6 0604 pcieport noacs
        20:00.0 1022:43c7 0604 pcieport noacs
          21:00.0 10ec:8168 0200 r8169 sub=1043:8677 rev=15 bars=i256,q4K,q16K reset=bus
            nic enp33s0
        20:04.0 1022:43c7 0604 pcieport noacs
          22:00.0 10de:1f08 0300 nouveau sub=1458:3fc1 rev=a1 bars=m16M,p256M,p32M,i128,r512K
            drm card1 renderD129 DP-4=disconnected
          22:00.1 10de:10f9 0403 snd_hda_intel sub=1458:3fc1 rev=a1 bars=m16K
          22:00.2 10de:1ada 0c0330 xhci_hcd sub=1458:3fc1 rev=a1 bars=p256K,-,p64K reset=pm
          22:00.3 10de:1adb 0c80 - sub=1458:3fc1 rev=a1 bars=m4K reset=pm
    00:03.0 1022:1452 0600 - acs reset=none
    00:03.1 1022:1453 0604 pcieport
      23:00.0 1002:73bf 0300 amdgpu sub=1002:0e3a rev=c1 acs boot_vga bars=p256M,p2M,i256,m1M,r128K
        drm card0 renderD128 fb0 DP-1=connected
      23:00.1 1002:ab28 0403 snd_hda_intel sub=1002:ab28 acs bars=m16K
    00:14.0 1022:790b 0c05 piix4_smbus sub=1043:876b reset=none
    00:14.3 1022:790e 0601 - sub=1043:876b reset=none
""", iommu="amd", kernel=TRIXIE, cmdline=ROOT_NVME, mounts=MOUNTS_NVME, route="enp33s0")


def eight_gpus():
    """An HGX board: on each of two sockets four H100 and two NVSwitches, each card behind a switch
    of its own with the network card that feeds it."""
    lines = ["00:00.0 8086:09a2 0880 - numa=0 reset=none"]
    number = 0
    for node, buses in ((0, (0x15, 0x37, 0x48, 0x59)), (1, (0x97, 0xA7, 0xB7, 0xC7))):
        for bus in buses:
            lines += [
                f"{bus:02x}:01.0 8086:352a 0604 pcieport numa={node}",
                f"  {bus + 1:02x}:00.0 1000:c030 0604 pcieport numa={node}",
                f"    {bus + 2:02x}:00.0 1000:c030 0604 pcieport numa={node}",
                f"      {bus + 3:02x}:00.0 10de:2330 0302 nvidia sub=10de:16c1 rev=a1 "
                f"bars=p64M,p128G,p32M numa={node} reset=flr+bus sriov_totalvfs=32 sriov_numvfs=0 "
                "sriov_drivers_autoprobe=1",
                f"        drm card{number + 1} renderD{128 + number}",
                f"    {bus + 2:02x}:01.0 1000:c030 0604 pcieport numa={node}",
                f"      {bus + 4:02x}:00.0 15b3:1021 0207 mlx5_core sub=15b3:0041 bars=p32M,r1M "
                f"numa={node} reset=flr+bus",
                f"        nic ibp{bus + 4}s0",
            ]
            number += 1
    for node, bus in ((0, 0x05), (1, 0x85)):
        lines.append(f"{bus - 1:02x}:02.0 8086:352b 0604 pcieport numa={node}")
        lines.append(f"  {bus:02x}:00.0 1000:c030 0604 pcieport numa={node}")
        for slot in range(2):
            lines += [f"    {bus + 1:02x}:{slot:02x}.0 1000:c030 0604 pcieport numa={node}",
                      f"      {bus + 2 + slot:02x}:00.0 10de:22a3 0680 nvidia-nvswitch "
                      f"sub=10de:1796 rev=a1 bars=q32M numa={node} reset=flr+bus"]
    lines += ["00:1c.0 8086:1bbf 0604 pcieport numa=0", "  01:00.0 1a03:1150 0604 - numa=0 noacs",
              "    02:00.0 1a03:2000 0300 ast sub=15d9:1b0f numa=0 boot_vga bars=m64M,m256K,i128",
              "      drm card0 fb0 VGA-1=disconnected",
              "e0:01.0 8086:352b 0604 pcieport numa=1",
              "  e1:00.0 1344:51c3 010802 nvme sub=1344:2f00 numa=1 bars=q256K reset=flr+bus",
              "    disk nvme0n1 259:1 multipath parts=3",
              "e0:03.0 8086:352b 0604 pcieport numa=1",
              "  e2:00.0 15b3:101d 0200 mlx5_core sub=15b3:0127 numa=1 bars=p32M,r1M reset=flr+bus",
              "    nic ens10f0np0",
              "  e2:00.1 15b3:101d 0200 mlx5_core sub=15b3:0127 numa=1 acs bars=p32M,r1M "
              "reset=flr+bus",
              "    nic ens10f1np1"]
    return "\n".join(lines)


machine("server-8gpu", eight_gpus(), kernel=TRIXIE, cmdline=ROOT_NVME, numa=2, swap="nvme0n1p3",
        mounts=MOUNTS_NVME, route="ens10f0np0")

# A domain of five digits: Intel VMD hides the NVMe of / and a card behind one requester, so that
# both share its group.
machine("vmd", """
    00:00.0 8086:a740 0600 - sub=1043:8882 reset=none
    00:01.0 8086:a70d 0604 pcieport
      01:00.0 10de:2684 0300 nvidia sub=1458:40e5 rev=a1 bars=m16M,p32G,p32M,i128,r512K
        drm card1 renderD129 DP-2=disconnected
      01:00.1 10de:22ba 0403 snd_hda_intel sub=1458:40e5 rev=a1 bars=m16K
    00:02.0 8086:a780 0300 i915 sub=1043:8882 rev=04 boot_vga bars=q16M,p256M,i64 reset=flr
      drm card0 renderD128 fb0 HDMI-A-1=connected
    00:0e.0 8086:a77f 0104 vmd sub=1043:8882 bars=p32M,m32M,q1M reset=none
      10000:e0:1a.0 8086:7a38 0604 pcieport
        10000:e1:00.0 144d:a80c 010802 nvme sub=144d:a801 bars=q16K reset=flr+bus
          disk nvme0n1 259:0 parts=2
      10000:e0:1d.0 8086:7a30 0604 pcieport
        10000:e2:00.0 8086:56a5 0300 i915 sub=1849:6004 rev=05 bars=p16M,p8G,r2M reset=flr+bus
          drm card2 renderD130 DP-3=disconnected
    00:14.0 8086:7a60 0c0330 xhci_hcd sub=1043:8882 bars=q64K reset=none
    00:1c.0 8086:7a38 0604 pcieport
      03:00.0 8086:15f3 0200 igc sub=1043:87d2 rev=03 bars=m1M,-,-,m16K reset=flr+bus
        nic enp3s0
    00:1f.0 8086:7a84 0601 - sub=1043:8882 reset=none
""", kernel=TRIXIE, cmdline=ROOT_NVME, mounts=MOUNTS_NVME, route="enp3s0")

# Intel GVT-g on an integrated GPU, and a parent that is no PCI device.
machine("mdev-gvtg", """
    00:00.0 8086:591f 0600 skl_uncore sub=1028:07a3 reset=none
    00:02.0 8086:5912 0300 i915 sub=1028:07a3 rev=04 boot_vga bars=q16M,p256M,i64 reset=flr
      drm card0 renderD128 fb0 DP-1=connected
      mdev i915-GVTg_V5_4 1 | low_gm_size: 128MB; high_gm_size: 512MB; fence: 4; resolution: \
1920x1200; weight: 4
      mdev i915-GVTg_V5_8 2 | low_gm_size: 64MB; high_gm_size: 384MB; fence: 4; resolution: \
1024x768; weight: 2
    00:14.0 8086:a2af 0c0330 xhci_hcd sub=1028:07a3 bars=q64K reset=none
    00:17.0 8086:a282 010601 ahci sub=1028:07a3 bars=m8K,m256,i8,i4,i32,m2K reset=none
      disk sda 8:0 parts=2
    00:1f.6 8086:15b8 0200 e1000e sub=1028:07a3 bars=m128K reset=flr
      nic enp0s31f6
""".replace("\\\n", ""), cmdline=ROOT_NVME + " intel_iommu=on i915.enable_gvt=1",
        modules="kvmgt mdev mtty", mounts="/ ext4 sda2\n/boot/efi vfat sda1", route="enp0s31f6",
        parents={"sys/devices/virtual/mtty/mtty": (("mtty-1", 24, "Single port serial"),
                                                   ("mtty-2", 12, "Dual port serial"))})

# Tesla T4: the vGPU types are mdev types of the card itself.
machine("mdev-t4", """
    00:00.0 1022:1480 0600 - sub=15d9:1b95 reset=none
    00:00.2 1022:1481 0806 - sub=15d9:1b95 reset=none
    00:01.1 1022:1483 0604 pcieport numa=0
      01:00.0 10de:1eb8 0302 nvidia sub=10de:12a2 rev=a1 bars=m16M,p256M,p32M numa=0 reset=flr+bus
        mdev nvidia-222 16 GRID T4-1B | num_heads=4, frl_config=45, framebuffer=1024M, \
max_resolution=5120x2880, max_instance=16
        mdev nvidia-230 16 GRID T4-1Q | num_heads=4, frl_config=60, framebuffer=1024M, \
max_resolution=5120x2880, max_instance=16
        mdev nvidia-233 2 GRID T4-8Q | num_heads=4, frl_config=60, framebuffer=8192M, \
max_resolution=7680x4320, max_instance=2
        mdev nvidia-234 1 GRID T4-16Q | num_heads=4, frl_config=60, framebuffer=16384M, \
max_resolution=7680x4320, max_instance=1
    00:03.1 1022:1483 0604 pcieport numa=0
      02:00.0 1344:5410 010802 nvme sub=1344:1100 numa=0 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    00:05.1 1022:1483 0604 pcieport numa=0
      03:00.0 1a03:1150 0604 - noacs numa=0
        04:00.0 1a03:2000 0300 ast sub=15d9:1b95 numa=0 boot_vga bars=m64M,m256K,i128
          drm card0 fb0 VGA-1=connected
    00:07.1 1022:1484 0604 pcieport numa=0
      05:00.0 8086:1521 0200 igb sub=15d9:1521 rev=01 numa=0 bars=m128K,-,i32,m16K reset=flr+bus
        nic eno1
      05:00.1 8086:1521 0200 igb sub=15d9:1521 rev=01 acs numa=0 bars=m128K,-,i32,m16K reset=flr+bus
        nic eno2
""".replace("\\\n", ""), iommu="amd", cmdline=ROOT_NVME, modules="nvidia_vgpu_vfio mdev",
        mounts=MOUNTS_NVME, route="eno1")

# L40S of the vendor-specific VFIO kind. The first has its VFs, two of which hold a vGPU; the others
# offer what still fits. The second has no VFs yet, the third has them and nothing made.
L40S_TYPES = """ID    : vGPU Name
1145  : NVIDIA L40S-1B
1147  : NVIDIA L40S-1Q
1150  : NVIDIA L40S-6Q
1155  : NVIDIA L40S-48Q
"""
L40S_TYPES_LEFT = """ID    : vGPU Name
1145  : NVIDIA L40S-1B
1147  : NVIDIA L40S-1Q
"""
machine("vgpu-l40s", """
    15:00.0 8086:09a2 0880 - numa=0 reset=none
    15:01.0 8086:352a 0604 pcieport numa=0
      16:00.0 10de:26b9 0302 nvidia sub=10de:1851 rev=a1 numa=0 bars=p16M,p64G,p32M reset=flr+bus \
sriov_totalvfs=32 sriov_drivers_autoprobe=1
        drm card1 renderD128
        vfs 16:00.4 8 10de:26b9 nvidia numa=0 sub=10de:1851 types=left reset=flr
    15:03.0 8086:352a 0604 pcieport numa=0
      18:00.0 1344:51c3 010802 nvme sub=1344:2f00 numa=0 bars=q256K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    97:00.0 8086:09a2 0880 - numa=1 reset=none
    97:01.0 8086:352a 0604 pcieport numa=1
      98:00.0 10de:26b9 0302 nvidia sub=10de:1851 rev=a1 numa=1 bars=p16M,p64G,p32M reset=flr+bus \
sriov_totalvfs=32 sriov_numvfs=0 sriov_drivers_autoprobe=1
        drm card2 renderD129
    b7:01.0 8086:352a 0604 pcieport numa=1
      b8:00.0 10de:26b9 0302 nvidia sub=10de:1851 rev=a1 numa=1 bars=p16M,p64G,p32M reset=flr+bus \
sriov_totalvfs=32 sriov_drivers_autoprobe=1
        drm card3 renderD130
        vfs b8:00.4 4 10de:26b9 nvidia numa=1 sub=10de:1851 types=all reset=flr
    97:03.0 8086:352a 0604 pcieport numa=1
      9a:00.0 8086:159b 0200 ice sub=8086:0003 rev=02 numa=1 bars=p32M,-,p64K,r1M reset=flr+bus
        nic ens3f0
    00:1c.0 8086:1bbf 0604 pcieport numa=0
      01:00.0 1a03:1150 0604 - noacs numa=0
        02:00.0 1a03:2000 0300 ast sub=1028:0a6b numa=0 boot_vga bars=m64M,m256K,i128
          drm card0 fb0 VGA-1=connected
""".replace("\\\n", ""), kernel=TRIXIE, cmdline=ROOT_NVME + " intel_iommu=on", numa=2,
        types={"all": L40S_TYPES, "left": L40S_TYPES_LEFT}, modules="nvidia_vgpu_vfio", mounts=MOUNTS_NVME, route="ens3f0",
        files={"sys/devices/pci0000:15/0000:15:01.0/0000:16:00.4/nvidia/creatable_vgpu_types": "",
               "sys/devices/pci0000:15/0000:15:01.0/0000:16:00.4/nvidia/current_vgpu_type":
                   "1147\n",
               "sys/devices/pci0000:15/0000:15:01.0/0000:16:00.5/nvidia/creatable_vgpu_types": "",
               "sys/devices/pci0000:15/0000:15:01.0/0000:16:00.5/nvidia/current_vgpu_type":
                   "1147\n"})

# Intel Data Center GPU Flex 170 under xe, a PF with VFs to make, and an Arc card beside it.
machine("xe-sriov", """
    00:00.0 8086:a740 0600 - sub=1462:7d97 reset=none
    00:01.0 8086:a70d 0604 pcieport
      01:00.0 8086:56c0 0380 xe sub=8086:4905 rev=08 bars=p16M,p16G,r2M reset=flr+bus \
sriov_totalvfs=31 sriov_numvfs=0 sriov_drivers_autoprobe=1
        drm card1 renderD129
    00:02.0 8086:a780 0300 i915 sub=1462:7d97 rev=04 boot_vga bars=q16M,p256M,i64 reset=flr
      drm card0 renderD128 fb0 boot_display DP-1=connected
    00:06.0 8086:a74d 0604 pcieport
      02:00.0 c0a9:5415 010802 nvme sub=c0a9:5415 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    00:14.0 8086:7a60 0c0330 xhci_hcd sub=1462:7d97 bars=q64K reset=none
    00:1c.0 8086:7a38 0604 pcieport
      03:00.0 8086:15f3 0200 igc sub=1462:7d97 rev=03 bars=m1M,-,-,m16K reset=flr+bus
        nic enp3s0
    00:1f.0 8086:7a84 0601 - sub=1462:7d97 reset=none
""".replace("\\\n", ""), kernel="7.3.4+deb14-amd64", cmdline=ROOT_NVME, mounts=MOUNTS_NVME,
        route="enp3s0", config="IOMMUFD=m VFIO_DEVICE_CDEV=y DRM_XE=m DRM_I915_GVT_KVMGT=n",
        modules="iommufd")

# A server without a GPU: not even a BMC's.
machine("no-gpu", """
    00:00.0 8086:29c0 0600 - sub=1af4:1100 reset=none
    00:01.0 1af4:1041 0200 virtio-pci sub=1af4:1100 rev=01 bars=m4K,-,-,-,p16K reset=flr
      nic enp0s1
    00:02.0 1af4:1042 0100 virtio-pci sub=1af4:1100 rev=01 bars=m4K,-,-,-,p16K reset=flr
      disk vda 254:0 parts=2
    00:1f.0 8086:2918 0601 - sub=1af4:1100 reset=none
    00:1f.2 8086:2922 010601 ahci sub=1af4:1100 rev=02 bars=-,-,-,-,i32,m4K reset=none
""", iommu="none", loader="grub-bios", cmdline=ROOT_NVME, route="enp0s1", mounts="/ ext4 vda2")

# Ampere Altra: SMMU, several PCI domains, the BMC's display is the console.
machine("arm64-smmu", """
    0000:00:00.0 1def:e100 0600 - numa=0 reset=none
    0000:00:01.0 1def:e101 0604 pcieport numa=0
      0000:01:00.0 10de:25b6 0302 nvidia sub=10de:157e rev=a1 numa=0 bars=m16M,p16G,p32M \
reset=flr+bus sriov_totalvfs=16 sriov_numvfs=0 sriov_drivers_autoprobe=1
        drm card1 renderD128
    000d:00:00.0 1def:e110 0600 - numa=0 reset=none
    000d:00:01.0 1def:e111 0604 pcieport numa=0
      000d:01:00.0 10de:20b0 0302 nvidia sub=10de:134f rev=a1 numa=0 bars=m16M,p64G,p32M \
reset=flr+bus
        drm card2 renderD129
    0004:00:00.0 1def:e110 0600 - numa=0 reset=none
    0004:00:01.0 1def:e111 0604 pcieport numa=0
      0004:01:00.0 1a03:1150 0604 - noacs numa=0
        0004:02:00.0 1a03:2000 0300 ast sub=1a03:2000 numa=0 boot_vga bars=m64M,m256K,i128
          drm card0 fb0 VGA-1=connected
    0004:00:03.0 1def:e111 0604 pcieport numa=0
      0004:03:00.0 144d:a824 010802 nvme sub=144d:a801 numa=0 bars=q32K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    0004:00:05.0 1def:e111 0604 pcieport numa=0
      0004:04:00.0 15b3:1017 0200 mlx5_core sub=15b3:0020 numa=0 bars=p32M,r1M reset=flr+bus
        nic enP4p4s0np0
""".replace("\\\n", ""), iommu="smmu", arch="arm64", kernel="6.12.41+deb13-arm64",
        cmdline=ROOT_NVME, mounts=MOUNTS_NVME, route="enP4p4s0np0")

# / on dm-crypt on LVM on md RAID1 of two NVMe; the default route through a bridge on a vlan on a
# bond. One A40 shares its group with the second half of the mirror, the other one with the second
# leg of the bond.
machine("storage-stack", """
    00:00.0 8086:09a2 0880 - numa=0 reset=none
    16:01.0 8086:352a 0604 pcieport numa=0
      17:00.0 10b5:8796 0604 pcieport numa=0 noacs
        18:08.0 10b5:8796 0604 pcieport numa=0
          19:00.0 10de:2235 0302 nvidia sub=10de:145a rev=a1 numa=0 bars=m16M,p64G,p32M reset=flr+bus
            drm card1 renderD128
        18:09.0 10b5:8796 0604 pcieport numa=0
          1a:00.0 144d:a824 010802 nvme sub=1028:1fd9 numa=0 bars=q32K reset=flr+bus
            disk nvme1n1 259:4 parts=2
    30:01.0 8086:352a 0604 pcieport numa=0
      31:00.0 144d:a824 010802 nvme sub=1028:1fd9 numa=0 bars=q32K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    4a:01.0 8086:352a 0604 pcieport numa=0
      4b:00.0 10b5:8796 0604 pcieport numa=0 noacs
        4c:08.0 10b5:8796 0604 pcieport numa=0
          4d:00.0 10de:2235 0302 nvidia sub=10de:145a rev=a1 numa=0 bars=m16M,p64G,p32M reset=flr+bus
            drm card2 renderD129
        4c:09.0 10b5:8796 0604 pcieport numa=0
          4e:00.0 14e4:16d7 0200 bnxt_en sub=14e4:4163 numa=0 bars=p64K,p1M,p8K reset=flr+bus
            nic eno2np1
    63:01.0 8086:352a 0604 pcieport numa=0
      64:00.0 14e4:16d7 0200 bnxt_en sub=14e4:4163 numa=0 bars=p64K,p1M,p8K reset=flr+bus
        nic eno1np0
    7e:01.0 8086:352a 0604 pcieport numa=0
      7f:00.0 10de:2235 0302 nvidia sub=10de:145a rev=a1 numa=0 bars=m16M,p64G,p32M reset=flr+bus
        drm card3 renderD130
      7f:00.1 8086:1533 0200 igb sub=8086:0001 acs numa=0 bars=m128K,-,i32,m16K reset=flr+bus
        nic ens9
    00:1c.0 8086:1bbf 0604 pcieport numa=0
      01:00.0 102b:0538 0300 mgag200 sub=1028:07fe numa=0 boot_vga bars=p16M,m16K,m8M
        drm card0 fb0 VGA-1=connected
""", kernel=TRIXIE, numa=2, cmdline="root=/dev/mapper/vg0-root ro quiet", blocks="""
    md0  9:0   nvme0n1p2 nvme1n1p2
    dm-0 253:0 md0
    dm-1 253:1 dm-0
    dm-2 253:2 dm-0
""", mounts="""
    /         ext4 dm-1 /dev/mapper/vg0-root
    /boot/efi vfat nvme0n1p1
""", swap="dm-2", nets="""
    bond0     eno1np0 eno2np1
    bond0.100 bond0
    br0       bond0.100
""", route="br0", loader="grub-efi")

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

# systemd-boot with / on btrfs, and a unified kernel image.
SMALL_AMD = """
    00:00.0 1022:14d8 0600 - sub=1043:8877 reset=none
    00:00.2 1022:14d9 0806 - sub=1043:8877 reset=none
    00:01.1 1022:14db 0604 pcieport
      01:00.0 10de:2684 0300 nouveau sub=10de:16f3 rev=a1 bars=m16M,p32G,p32M,i128,r512K
        drm card1 renderD129 DP-2=disconnected
      01:00.1 10de:22ba 0403 snd_hda_intel sub=10de:16f3 rev=a1 bars=m16K
    00:02.1 1022:14db 0604 pcieport
      02:00.0 144d:a80c 010802 nvme sub=144d:a801 bars=q16K reset=flr+bus
        disk nvme0n1 259:0 parts=2
    00:02.2 1022:14db 0604 pcieport
      03:00.0 8086:15f3 0200 igc sub=1043:87d2 rev=03 bars=m1M,-,-,m16K reset=flr+bus
        nic enp3s0
    00:08.1 1022:14dd 0604 pcieport
      04:00.0 1002:164e 0300 amdgpu sub=1043:8877 rev=c1 acs boot_vga bars=p256M,p2M,i256,m512K
        drm card0 renderD128 fb0 HDMI-A-1=connected
      04:00.1 1002:1640 0403 snd_hda_intel sub=1043:8877 acs bars=m16K
"""
SMALL_REST = {"iommu": "amd", "kernel": TRIXIE, "route": "enp3s0", "mounts": """
    /         btrfs nvme0n1p2 /dev/nvme0n1p2 /@
    /boot/efi vfat  nvme0n1p1
"""}
machine("systemd-boot", SMALL_AMD, loader="systemd-boot",
        cmdline=ROOT_NVME + " rootflags=subvol=@", **SMALL_REST)
machine("uki", SMALL_AMD, loader="uki", cmdline=ROOT_NVME + " rootflags=subvol=@", **SMALL_REST)
# Of Debian 12, whose systemd knows no addons.
machine("uki-old", SMALL_AMD, loader="uki-252", cmdline=ROOT_NVME + " rootflags=subvol=@",
        **SMALL_REST)

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


def load_names(path):
    """{key: value line} of a hwdb file."""
    pairs = re.findall(r"^(pci:\S+)\n (ID_\S.*)$", path.read_text(encoding="utf-8"), re.M)
    return dict(pairs)


def refresh_names(source):
    """Keeps of the distribution's hwdb what the machines' own functions need."""
    everything = load_names(source)
    used = {}
    for make in MACHINES.values():
        text = make(everything).tree().entries[
            "usr/lib/udev/hwdb.d/20-pci-vendor-model.hwdb"][2].decode()
        used |= dict(re.findall(r"^(pci:\S+)\n (ID_\S.*)$", text, re.M))
    head = ("# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause\n"
            "# From systemd's 20-pci-vendor-model.hwdb, which is from https://pci-ids.ucw.cz\n")
    body = "".join(f"\n{key}\n {used[key]}\n" for key in sorted(used))
    NAMES.write_text(head + body, encoding="utf-8")


def check(trees):
    """Every committed tree is described, every described tree committed."""
    wrong = sorted({p.stem for p in TREES.glob("*.tree")} - trees.keys())
    for name in wrong:
        print(f"machines/{name}.tree: no such machine in machines.py")
    for name, text in trees.items():
        path = TREES / f"{name}.tree"
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        if len(text) > SIZE_MAX:
            wrong.append(name)
            print(f"machines/{name}.tree: {len(text)} bytes")
        if there != text:
            wrong.append(name)
            sys.stdout.writelines(difflib.unified_diff(
                there.splitlines(True), text.splitlines(True), str(path), "machines.py", n=0))
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true", help="write all trees")
    what.add_argument("--check", action="store_true", help="compare with the committed trees")
    what.add_argument("--show", metavar="NAME", choices=MACHINES, help="print one tree")
    what.add_argument("--names", metavar="HWDB", type=pathlib.Path, help="refresh pci-names.hwdb")
    args = parser.parse_args()
    if args.names:
        refresh_names(args.names)
        return 0
    names = load_names(NAMES)
    if args.show:
        print(MACHINES[args.show](names).tree().dumps(), end="")
        return 0
    trees = {name: make(names).tree().dumps() for name, make in MACHINES.items()}
    if args.check:
        return check(trees)
    TREES.mkdir(exist_ok=True)
    for name, text in trees.items():
        (TREES / f"{name}.tree").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
