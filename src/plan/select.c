// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"

static bool slot_holds(const char *slot, const char *path)
{
        const char *last = path ? strrchr(path, '/') : NULL;
        size_t n = strlen(slot);

        return last && (size_t)(last - path) == n && strncmp(slot, path, n) == 0;
}

bool match_holds(const GpuMatch *m, const PciDevice *d)
{
        return (!m->has_address || pci_address_equal(m->address, d->address)) &&
               (!m->has_id || device_pattern_matches(m->id, d->id)) &&
               (!m->has_subsystem || pci_id_equal(m->subsystem, d->subsystem)) &&
               (!m->slot || slot_holds(m->slot, d->path)) &&
               (!m->serial || streq_ptr(m->serial, d->serial));
}

/* A GPU is a slot: a second display function of one is a companion of the first, and a VF a part of
 * its PF. */
static bool heads_a_slot(const Machine *m, const PciDevice *d)
{
        if (!pci_device_is_gpu(d) || d->is_vf)
                return false;
        for (const PciDevice *p = d; p > m->devices;) {
                p--;
                if (!pci_address_same_slot(p->address, d->address))
                        break;
                if (pci_device_is_gpu(p) && !p->is_vf)
                        return false;
        }
        return true;
}

/* The last entry that matches holds whole; those before it are remembered for `why`. */
static int apply_entries(const HostConfig *host, GpuPlan *g)
{
        const GpuEntry **overridden = NULL;
        size_t n = 0;

        for (size_t i = 0; i < host->n_gpus; i++) {
                if (!match_holds(&host->gpus[i].match, g->device))
                        continue;
                if (g->entry) {
                        if (!GROW(overridden, n)) {
                                free(overridden);
                                return -ENOMEM;
                        }
                        overridden[n++] = g->entry;
                }
                g->entry = host->gpus + i;
        }
        g->overridden = (const GpuEntry *const *)overridden;
        g->n_overridden = n;
        g->policy = host->gpu_policy;
        if (!g->entry)
                return 0;
        g->name = g->entry->name;
        g->role = g->entry->role;
        if (g->entry->has_policy)
                g->policy = g->entry->policy;
        if (role_leaves(g->role))
                g->driver = g->entry->driver ? g->entry->driver : "vfio-pci";
        return 0;
}

static void find_claims(Builder *b)
{
        for (size_t i = 0; i < b->machine->n_claims; i++) {
                GpuPlan *g = gpu_of_function(b, b->machine->claims[i].address);

                if (g && !g->claimed_by)
                        g->claimed_by = b->machine->claims[i].instance;
        }
}

int select_gpus(Builder *b)
{
        const Machine *m = b->machine;
        Plan *plan = b->plan;
        size_t n = 0;

        for (size_t i = 0; i < m->n_devices; i++)
                n += heads_a_slot(m, m->devices + i);
        if (n == 0)
                return 0;
        plan->gpus = calloc(n, sizeof(GpuPlan));
        b->work = calloc(n, sizeof(GpuWork));
        if (!plan->gpus || !b->work)
                return -ENOMEM;
        for (size_t i = 0; i < m->n_devices; i++) {
                GpuPlan *g = plan->gpus + plan->n_gpus;
                int r;

                if (!heads_a_slot(m, m->devices + i))
                        continue;
                g->device = m->devices + i;
                plan->n_gpus++;
                r = apply_entries(&b->config->host, g);
                if (r < 0)
                        return r;
        }
        find_claims(b);
        return 0;
}
