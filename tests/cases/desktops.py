# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines with a card or two, and who boots them."""

from described import BOOKWORM, Described, MOUNTS_NVME, ROOT_NVME, TRIXIE

MACHINES = Described()
machine = MACHINES.add

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
