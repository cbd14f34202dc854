# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts that cases of several files run on, so that they share a boot."""
from .host import Dev, Host, Integrated, dev, gpu, with_vfs

PAIR = Host(cards=(gpu("gpu0", serial=7), gpu("gpu1")))
NONE = PAIR.but(iommu="none")
AMD = PAIR.but(iommu="amd", cards=(Integrated(gpu("gpu0")), gpu("gpu1")))

# The first has every reset, the second a bus reset and no other; the third stands where there is no bus.
NO_REMAPPING = Host(gpuhost=True, intremap=False, cards=(
    gpu("gpu0"), gpu("gpu1", flr="off", pm="off"),
    Integrated(gpu("gpu2", audio=None, flr="off", pm="off"))))

# What has virtual functions: a network card, a disk, a GPU.
WITH_VFS = Host(before=(dev("nvme-subsys", "ss0"),), cards=(
    with_vfs((dev("igb", "igb0"),)),
    with_vfs((Dev("nvme", (
        ("serial", "s1"), ("subsys", "ss0"), ("sriov_max_vfs", 4), ("max_ioqpairs", 18),
        ("msix_qsize", 20), ("sriov_vq_flexible", 8), ("sriov_vi_flexible", 4)), "nvme0"),)),
    with_vfs(gpu("gpu0", total_vfs=4, audio=None))))
