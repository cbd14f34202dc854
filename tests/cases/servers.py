# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines with many cards, or none, and much storage and network."""

from described import Described, MOUNTS_NVME, ROOT_NVME, TRIXIE

MACHINES = Described()
machine = MACHINES.add


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
