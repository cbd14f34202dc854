// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/parts.h"

#include "plan/builder.h"
#include "vendor/vendor.h"

void parts_done(Parts *p)
{
        free(p->first);
        free(p->vfs);
        free(p->n_claims);
        free(p->card_mb);
        *p = (Parts){};
}

bool parts_vf_in_use(const PciDevice *vf)
{
        return vf->current_vgpu_type && !streq(vf->current_vgpu_type, "0");
}

static int visit_function(const PciDevice *d, TypeVisitor visit, void *userdata)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < d->mdev_types.n; i++)
                r = visit(userdata, d, d->mdev_types.items + i);
        for (size_t i = 0; r >= 0 && i < d->vgpu_types.n; i++)
                r = visit(userdata, d, d->vgpu_types.items + i);
        return r;
}

int parts_for_types(const Parts *p, const Plan *plan, size_t gpu, TypeVisitor visit, void *userdata)
{
        int r = visit_function(plan->gpus[gpu].device, visit, userdata);

        for (size_t i = p->first[gpu]; r >= 0 && i < p->first[gpu + 1]; i++)
                r = visit_function(p->vfs[i], visit, userdata);
        return r;
}

static int find_vfs(const Plan *plan, const Machine *m, Parts *p)
{
        size_t n = 0;

        for (size_t i = 0; i < m->n_devices; i++)
                n += m->devices[i].is_vf;
        p->vfs = calloc(n + 1, sizeof(*p->vfs));
        if (!p->vfs)
                return -ENOMEM;
        for (int pass = 0; pass < 2; pass++) {
                for (size_t i = 0; i < m->n_devices; i++) {
                        const PciDevice *d = m->devices + i;
                        const GpuPlan *g = d->is_vf ? plan_gpu_of(plan, m, d->address) : NULL;

                        /* first[i + 1] runs through those of i, and ends where i + 1 begins. */
                        if (g && pass == 0)
                                p->first[gpu_index(plan, g) + 2]++;
                        else if (g)
                                p->vfs[p->first[gpu_index(plan, g) + 1]++] = d;
                }
                for (size_t i = 2; pass == 0 && i < plan->n_gpus + 2; i++)
                        p->first[i] += p->first[i - 1];
        }
        return 0;
}

typedef struct Largest {
        uint64_t mb;
} Largest;

static int find_largest(void *userdata, const PciDevice *d, const VgpuType *type)
{
        uint64_t mb = vendor_vgpu_framebuffer(vendor_find(d->id.vendor), type);
        Largest *largest = userdata;

        if (mb > largest->mb)
                largest->mb = mb;
        return 0;
}

static bool is_empty(const Parts *p, size_t gpu)
{
        for (size_t i = p->first[gpu]; i < p->first[gpu + 1]; i++)
                if (parts_vf_in_use(p->vfs[i]))
                        return false;
        return p->n_claims[gpu] == 0;
}

/* The largest type that an empty card offers is the whole card. What one that is in use offers still is
 * less, but a card of the same kind may tell. */
static void find_memory(const Plan *plan, Parts *p)
{
        for (size_t i = 0; i < plan->n_gpus; i++) {
                Largest largest = {};

                if (!is_empty(p, i))
                        continue;
                (void)parts_for_types(p, plan, i, find_largest, &largest);
                p->card_mb[i] = largest.mb;
        }
        for (size_t i = 0; i < plan->n_gpus; i++)
                for (size_t k = 0; p->card_mb[i] == 0 && k < plan->n_gpus; k++)
                        if (pci_id_equal(plan->gpus[i].device->id, plan->gpus[k].device->id))
                                p->card_mb[i] = p->card_mb[k];
}

int parts_collect(const Plan *plan, const Machine *m, Parts *ret)
{
        _cleanup_parts_ Parts p = {
                .first = calloc(plan->n_gpus + 2, sizeof(size_t)),
                .n_claims = calloc(plan->n_gpus + 1, sizeof(size_t)),
                .card_mb = calloc(plan->n_gpus + 1, sizeof(uint64_t)),
        };
        int r;

        if (!p.first || !p.n_claims || !p.card_mb)
                return -ENOMEM;
        r = find_vfs(plan, m, &p);
        if (r < 0)
                return r;
        for (size_t i = 0; i < m->n_claims; i++) {
                const GpuPlan *g = plan_gpu_of(plan, m, m->claims[i].address);

                if (g)
                        p.n_claims[gpu_index(plan, g)]++;
        }
        find_memory(plan, &p);
        *ret = TAKE_GENERIC(p, (Parts){});
        return 0;
}
