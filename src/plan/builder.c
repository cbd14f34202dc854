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

const GpuPlan *plan_gpu_of(const Plan *plan, const Machine *machine, PciAddress address)
{
        const PciDevice *d = machine_find_device(machine, address);

        if (d && d->is_vf)
                address = d->physfn;
        return plan->n_gpus
                       ? bsearch(&address, plan->gpus, plan->n_gpus, sizeof(GpuPlan), gpu_by_slot)
                       : NULL;
}

GpuPlan *gpu_of_function(const Builder *b, PciAddress address)
{
        const GpuPlan *g = plan_gpu_of(b->plan, b->machine, address);

        return g ? b->plan->gpus + gpu_index(b->plan, g) : NULL;
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
