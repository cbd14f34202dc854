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
                           .number = e->d3cold,
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

/* A vendor's program makes as many as the card can have. */
static bool has_its_vfs(const GpuPlan *g, const char *tool)
{
        uint32_t is = g->device->sriov_vfs;

        return tool ? is >= g->entry->vfs : is == g->entry->vfs;
}

int steps_plan_vfs(Builder *b, const GpuPlan *g, StepWhen when)
{
        const PciDevice *d = g->device;
        const Vendor *vendor = vendor_find(d->id.vendor);
        const char *tool = vendor->vfs_tool;
        uint32_t vfs;

        if (g->role != ROLE_VGPU || g->guard != GUARD_FREE)
                return 0;
        vfs = g->entry->vfs;
        if (vfs == 0 || has_its_vfs(g, tool) ||
            when != (d->sriov_vfs > 0 && vfs_in_use(b, g) ? STEP_REBOOT : STEP_NOW))
                return 0;
        return step_add(b, (Step){
                                   .code = STEP_SRIOV_VFS,
                                   .when = when,
                                   .target = step_target(d->address),
                                   .number = vfs,
                                   .native_vfs = !(vendor->vgpu & VGPU_SRIOV),
                                   .vfs_tool = tool,
                                   .action = format_string("make %u VFs%s%s", vfs,
                                                           tool ? " with " : "", tool ? tool : ""),
                                   .reason = format_string("declared with vfs: %u; it has %u", vfs,
                                                           d->sriov_vfs),
                                   .origin = gpu_origin(g),
                           });
}

/* Those that an entry's pages are counted among: its node's, or all. Where the kernel does not tell of
 * nodes all are one. */
static uint64_t pages_there(const Machine *m, int32_t node)
{
        if (node < 0 || m->n_hugepages_2m == 0)
                return m->hugepages_2m_total;
        for (size_t i = 0; i < m->n_hugepages_2m; i++)
                if (m->hugepages_2m[i].node == node)
                        return m->hugepages_2m[i].pages;
        return 0;
}

static bool is_small(const Hugepages *h)
{
        return h->size == UINT64_C(2) << 20 && h->count > 0;
}

/* What there is to be when this entry has its pages: entries of one node add up, and those without a
 * node come on top of all others. */
static uint64_t pages_wanted(const HostConfig *host, const Hugepages *entry)
{
        uint64_t wanted = 0;

        for (const Hugepages *h = host->hugepages; h < host->hugepages + host->n_hugepages; h++)
                if (is_small(h) && (h->node == entry->node ? h <= entry : entry->node < 0))
                        wanted += h->count;
        return wanted;
}

static int plan_pages(Builder *b, const Hugepages *h)
{
        uint64_t wanted = pages_wanted(&b->config->host, h);
        uint64_t there = pages_there(b->machine, h->node);
        char size[FORMAT_SIZE_MAX], node[32] = "";

        if (wanted <= there)
                return 0;
        if (h->node >= 0)
                (void)snprintf(node, sizeof(node), " on node %d", h->node);
        return step_add(b, (Step){
                                   .code = STEP_HUGEPAGES,
                                   .when = STEP_NOW,
                                   .target = strdup("hugepages"),
                                   .number = wanted,
                                   .node = h->node,
                                   .action = format_string("reserve %llu pages of %s%s",
                                                           (unsigned long long)h->count,
                                                           format_size(h->size, size), node),
                                   .reason = format_string(
                                           "%llu pages are declared, %llu are there",
                                           (unsigned long long)wanted, (unsigned long long)there),
                                   .origin = h->origin,
                           });
}

/* 1G pages are a kernel argument; smaller ones are found in a running system. Those of a node come
 * first: others may be anywhere. */
int steps_plan_hugepages(Builder *b)
{
        const HostConfig *host = &b->config->host;

        for (int anywhere = 0; anywhere <= 1; anywhere++)
                for (size_t i = 0; i < host->n_hugepages; i++) {
                        const Hugepages *h = host->hugepages + i;
                        int r = is_small(h) && (h->node < 0) == anywhere ? plan_pages(b, h) : 0;

                        if (r < 0)
                                return r;
                }
        return 0;
}
