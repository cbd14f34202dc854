# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cards of which a part can be given: mdev, vGPU, SR-IOV."""

from described import Described, MOUNTS_NVME, ROOT_NVME, TRIXIE

MACHINES = Described()
machine = MACHINES.add

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
