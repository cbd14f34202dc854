// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "util/parse.h"
#include "vendor/vendor.h"

/* Steps that gpuhost-prepare does at every boot: power states, VFs, small huge pages. */

int steps_plan_d3cold(Builder *b, const GpuPlan *g, StepWhen when)
{
        const PciDevice *d = g->device;
        const GpuEntry *e = g->entry;

        if (!e || !e->has_d3cold || d->d3cold_allowed < 0 || e->d3cold == (d->d3cold_allowed > 0))
                return 0;
        return step_add(
                b, (Step){
                           .code = STEP_D3COLD,
                           .when = STEP_NOW,
                           .target = step_target(d->address),
                           .action = format_string("%s D3cold", e->d3cold ? "allow" : "forbid"),
                           .reason = format_string("declared with d3cold: %s",
                                                   e->d3cold ? "true" : "false"),
                           .origin = e->origin,
                   });
}

/* Changing the number goes by 0, which takes VFs away from whoever has one. */
static bool vfs_in_use(const Builder *b, const GpuPlan *g)
{
        const Machine *m = b->machine;

        for (size_t i = 0; i < m->n_claims; i++)
                if (gpu_of_function(b, m->claims[i].address) == g)
                        return true;
        for (size_t i = 0; i < m->n_devices; i++) {
                const PciDevice *d = m->devices + i;

                if (d->is_vf && pci_address_equal(d->physfn, g->device->address) &&
                    d->current_vgpu_type && !streq(d->current_vgpu_type, "0"))
                        return true;
        }
        return false;
}

int steps_plan_vfs(Builder *b, const GpuPlan *g, StepWhen when)
{
        const PciDevice *d = g->device;
        const char *tool = vendor_find(d->id.vendor)->vfs_tool;
        uint32_t vfs;

        if (g->role != ROLE_VGPU || g->guard != GUARD_FREE)
                return 0;
        vfs = g->entry->vfs;
        if (vfs == 0 || vfs == d->sriov_vfs ||
            when != (d->sriov_vfs > 0 && vfs_in_use(b, g) ? STEP_REBOOT : STEP_NOW))
                return 0;
        return step_add(b, (Step){
                                   .code = STEP_SRIOV_VFS,
                                   .when = when,
                                   .target = step_target(d->address),
                                   .action = format_string("make %u VFs%s%s", vfs,
                                                           tool ? " with " : "", tool ? tool : ""),
                                   .reason = format_string("declared with vfs: %u; it has %u", vfs,
                                                           d->sriov_vfs),
                                   .origin = gpu_origin(g),
                           });
}

/* 1G pages are a kernel argument; smaller ones are found in a running system. */
int steps_plan_hugepages(Builder *b)
{
        const HostConfig *host = &b->config->host;
        uint64_t declared = 0;

        for (size_t i = 0; i < host->n_hugepages; i++)
                if (host->hugepages[i].size == UINT64_C(2) << 20)
                        declared += host->hugepages[i].count;
        if (declared <= b->machine->hugepages_2m_total)
                return 0;
        for (size_t i = 0; i < host->n_hugepages; i++) {
                const Hugepages *h = host->hugepages + i;
                char size[FORMAT_SIZE_MAX], node[32] = "";
                int r;

                if (h->size != UINT64_C(2) << 20 || h->count == 0)
                        continue;
                if (h->node >= 0)
                        (void)snprintf(node, sizeof(node), " on node %d", h->node);
                r = step_add(b, (Step){
                                        .code = STEP_HUGEPAGES,
                                        .when = STEP_NOW,
                                        .target = strdup("hugepages"),
                                        .action = format_string("reserve %llu pages of %s%s",
                                                                (unsigned long long)h->count,
                                                                format_size(h->size, size), node),
                                        .reason = format_string(
                                                "%llu pages are declared, %llu are there",
                                                (unsigned long long)declared,
                                                (unsigned long long)b->machine->hugepages_2m_total),
                                        .origin = h->origin,
                                });
                if (r < 0)
                        return r;
        }
        return 0;
}
