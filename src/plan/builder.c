// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"

void refuse_gpu(GpuPlan *gpu, const Finding *finding)
{
        if (!finding || gpu->guard == GUARD_REFUSED)
                return;
        gpu->guard = GUARD_REFUSED;
        gpu->refused_for = finding->code;
        gpu->refusal = finding->message;
}

void refuse_instance(Assignment *assignment, const Finding *finding)
{
        if (!finding || assignment->refused)
                return;
        assignment->refused = true;
        assignment->refusal = finding->message;
}

static int gpu_by_slot(const void *key, const void *item)
{
        PciAddress a = *(const PciAddress *)key, b = ((const GpuPlan *)item)->device->address;

        return pci_address_same_slot(a, b) ? 0 : pci_address_compare(a, b);
}

GpuPlan *gpu_of_function(const Builder *b, PciAddress address)
{
        const PciDevice *d = machine_find_device(b->machine, address);

        if (d && d->is_vf)
                address = d->physfn;
        return b->plan->n_gpus ? bsearch(&address, b->plan->gpus, b->plan->n_gpus, sizeof(GpuPlan),
                                         gpu_by_slot)
                               : NULL;
}

bool gpu_owns(const GpuPlan *gpu, const PciDevice *device)
{
        if (device == gpu->device)
                return true;
        for (size_t i = 0; i < gpu->n_companions; i++)
                if (device == gpu->companions[i])
                        return true;
        return false;
}
