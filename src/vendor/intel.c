// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vendor/vendor.h"

static const NativeDriver drivers[] = {
        { "i915", NULL, MOD_I915 },
        { "xe",   NULL, MOD_XE   },
};

static const char *const nodes[] = { NULL };

/* The integrated GPU has stood at this address since there was one. */
static bool integrated(const Machine *machine, const PciDevice *gpu)
{
        return pci_address_equal(gpu->address, (PciAddress){ .slot = 2 });
}

const Vendor vendor_intel = {
        .id = 0x8086,
        .name = "Intel",
        .drivers = drivers,
        .n_drivers = ARRAY_SIZE(drivers),
        .vgpu = VGPU_MDEV | VGPU_SRIOV,
        .vgpu_driver = "xe on a kernel that supports SR-IOV for this GPU, or i915 with GVT-g",
        .isolation = "GPUs do not isolate video memory: one container can use up all of it",
        .nodes = nodes,
        .integrated = integrated,
};
