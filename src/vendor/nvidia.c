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

/* "L40S-48Q" has 48 GiB, "A100-1-5C" 5, "M60-0Q" half of one: the number after the last dash. */
static uint64_t framebuffer_mb(const VgpuType *type)
{
        const char *p = type->name ? strrchr(type->name, '-') : NULL;
        uint64_t gb = 0;

        if (!p || !ascii_isdigit(p[1]))
                return 0;
        for (p++; ascii_isdigit(*p) && gb < 1 << 20; p++)
                gb = gb * 10 + (uint64_t)(*p - '0');
        if (*p < 'A' || *p > 'Z')
                return 0;
        return gb > 0 ? gb * 1024 : 512;
}

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
        .framebuffer_mb = framebuffer_mb,
};
