// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"
#include "vendor/vendor.h"

/* Whether a GPU can be parted as its entry declares. */

static Finding *refuse(Builder *b, GpuPlan *g, Finding *f)
{
        finding_at(f, gpu_origin(g));
        refuse_gpu(g, f);
        return f;
}

static void check_parent(Builder *b, GpuPlan *g)
{
        const PciDevice *d = g->device;
        FindingList *list = &b->plan->findings;
        uint32_t vfs = g->entry->vfs;
        Finding *f;

        if (vfs > 0 && d->sriov_total > 0) {
                if (vfs > d->sriov_total) {
                        f = finding_add(list, FINDING_SRIOV_RANGE, ADDRESS(d->address),
                                        "%u VFs are declared for %s, which can have %u", vfs,
                                        LABEL(g), d->sriov_total);
                        (void)refuse(b, g, f);
                }
                return;
        }
        if (vfs > 0 && d->mdev_types.n > 0) {
                f = finding_add(list, FINDING_SRIOV_UNSUPPORTED, ADDRESS(d->address),
                                "%u VFs are declared for %s, which has none: its vGPUs are "
                                "mediated devices",
                                vfs, LABEL(g));
                (void)refuse(b, g, f);
                return;
        }
        if (d->mdev_types.n > 0 || d->sriov_vfs > 0)
                return;
        if (d->sriov_total > 0) {
                f = refuse(b, g,
                           finding_add(list, FINDING_VGPU_UNSUPPORTED, ADDRESS(d->address),
                                       "%s offers vGPUs by VFs only, and its entry declares none",
                                       LABEL(g)));
                finding_fix(f, "add vfs: to its gpus: entry, up to %u", d->sriov_total);
                return;
        }
        f = refuse(
                b, g,
                finding_add(list, FINDING_VGPU_UNSUPPORTED, ADDRESS(d->address),
                            "%s is declared as vgpu, but offers neither VFs nor mediated devices",
                            LABEL(g)));
        finding_fix(f, "load %s, or choose another role", vendor_find(d->id.vendor)->vgpu_driver);
}

void vgpu_check(Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++)
                if (b->plan->gpus[i].role == ROLE_VGPU)
                        check_parent(b, b->plan->gpus + i);
}
