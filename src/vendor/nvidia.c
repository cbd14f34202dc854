// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vendor/vendor.h"

static const NativeDriver drivers[] = {
        { "nvidia",         NULL,             MOD_NVIDIA  },
        { "nvidia-current", "nvidia_current", MOD_NVIDIA  }, /* Debian's name for the module */
        { "nouveau",        NULL,             MOD_NOUVEAU },
};

static const char *const nodes[] = {
        "/dev/nvidiactl", "/dev/nvidia-modeset", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", NULL,
};

const Vendor vendor_nvidia = {
        .id = 0x10de,
        .name = "NVIDIA",
        .drivers = drivers,
        .n_drivers = ARRAY_SIZE(drivers),
        .vgpu = VGPU_MDEV | VGPU_VENDOR_VFIO,
        .vgpu_driver = "NVIDIA's vGPU host driver",
        .vfs_tool = "/usr/lib/nvidia/sriov-manage",
        .vgpu_prefix = "NVIDIA ",
        .vgpu_prefix2 = "GRID ",
        .isolation =
                "consumer GPUs do not isolate video memory: one container can use up all of it",
        .nodes = nodes,
};
