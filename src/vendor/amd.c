// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vendor/vendor.h"

static const NativeDriver drivers[] = {
        { "amdgpu", NULL, MOD_AMDGPU },
        { "radeon", NULL, MOD_RADEON },
};

/* One node for all of AMD's GPUs: what keeps containers apart is the render node. */
static const char *const nodes[] = { "/dev/kfd", NULL };

enum { VENDOR_AMD_PROCESSORS = 0x1022 };

/* A card brings functions with ATI's vendor id alone; in an APU the GPU shares its slot with functions
 * of the processor, such as its security coprocessor. */
static bool integrated(const Machine *machine, const PciDevice *gpu)
{
        const PciDevice *end = machine->devices + machine->n_devices, *d = gpu;

        while (d > machine->devices && pci_address_same_slot(d[-1].address, gpu->address))
                d--;
        for (; d < end && pci_address_same_slot(d->address, gpu->address); d++)
                if (d->id.vendor == VENDOR_AMD_PROCESSORS)
                        return true;
        return false;
}

const Vendor vendor_amd = {
        .id = 0x1002,
        .name = "AMD",
        .drivers = drivers,
        .n_drivers = ARRAY_SIZE(drivers),
        .vgpu = VGPU_SRIOV,
        .vgpu_driver = "AMD's gim host driver",
        .isolation =
                "consumer GPUs do not isolate video memory: one container can use up all of it",
        .nodes = nodes,
        .integrated = integrated,
};
