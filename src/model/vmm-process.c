// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/vmm-process.h"

bool host_cpus_add(HostCpus *cpus, uint32_t cpu)
{
        if (!GROW(cpus->items, cpus->n))
                return false;
        cpus->items[cpus->n++] = cpu;
        return true;
}
