// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"

/* An IOMMU group has one owner: what stands in one group goes to one VM. Judged when it is known who
 * gets what. */

static bool is_user(const GpuPlan *g, const Instance *instance)
{
        for (size_t i = 0; i < g->n_users; i++)
                if (g->users[i] == instance)
                        return true;
        return false;
}

/* One who has the first and not the second, where somebody has that. */
static const Instance *first_apart(const GpuPlan *g, const GpuPlan *other)
{
        for (size_t i = 0; other->n_users > 0 && i < g->n_users; i++)
                if (!is_user(other, g->users[i]))
                        return g->users[i];
        return NULL;
}

static void refuse_users(Builder *b, const GpuPlan *g, const Finding *f)
{
        for (size_t i = 0; i < b->plan->n_assignments; i++)
                if (is_user(g, b->plan->assignments[i].instance))
                        refuse_instance(b->plan->assignments + i, f);
}

static void check_pair(Builder *b, const GpuPlan *g, const GpuPlan *other)
{
        const Instance *one = first_apart(g, other), *two = first_apart(other, g);
        Finding *f;

        if (!one && !two)
                return;
        f = finding_add(&b->plan->findings, FINDING_GROUP_NOT_ISOLATED, ADDRESS(g->device->address),
                        "%s and %s share IOMMU group %d, so one VM must have both, but %s has %s",
                        LABEL(g), LABEL(other), g->device->iommu_group, (one ? one : two)->name,
                        one ? "the first only" : "the second only");
        finding_fix(f, "give both to one VM, or move one of them to another slot");
        finding_at(f, gpu_origin(g));
        refuse_users(b, g, f);
        refuse_users(b, other, f);
}

/* The mates that are GPUs, each pair once: mates are sorted, so a slot's functions stand together. */
static void check_gpus(Builder *b, const GpuPlan *g)
{
        const GpuPlan *last = NULL;

        for (size_t i = 0; i < g->n_group_mates; i++) {
                const GpuPlan *other = gpu_of_function(b, g->group_mates[i]->address);

                if (!other || other == last || other <= g || !gpu_goes(other) ||
                    !gpu_owns(other, g->group_mates[i]))
                        continue;
                last = other;
                check_pair(b, g, other);
        }
}

static bool takes(const Instance *instance, PciAddress address)
{
        const AddressList *list = &instance->devices.pci_passthrough;

        for (size_t i = 0; i < list->n; i++)
                if (pci_address_equal(list->items[i], address))
                        return true;
        return false;
}

/* A mate with a driver is let pass where some VM takes it; each VM with this GPU must. */
static void check_other_mates(Builder *b, const GpuPlan *g, Assignment *a)
{
        for (size_t i = 0; i < g->n_group_mates; i++) {
                const PciDevice *d = g->group_mates[i];
                const GpuPlan *other = gpu_of_function(b, d->address);
                Finding *f;

                if (!d->driver || driver_is_vfio(d->driver) || takes(a->instance, d->address) ||
                    (other && gpu_owns(other, d)))
                        continue;
                f = finding_add(&b->plan->findings, FINDING_GROUP_NOT_ISOLATED, a->instance->name,
                                "%s has %s, whose IOMMU group %d holds %s (%s, driver %s), which "
                                "it does not take along",
                                a->instance->name, LABEL(g), d->iommu_group, ADDRESS(d->address),
                                pci_class_words(d->class), d->driver);
                finding_fix(f, "add \"%s\" to its devices: {pci_passthrough: …}",
                            ADDRESS(d->address));
                finding_at(f, (Origin){ .file = a->instance->file });
                refuse_instance(a, f);
        }
}

void together_check(Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++)
                if (gpu_goes(b->plan->gpus + i) && b->plan->gpus[i].n_group_mates > 0)
                        check_gpus(b, b->plan->gpus + i);
        for (size_t i = 0; i < b->plan->n_assignments; i++) {
                Assignment *a = b->plan->assignments + i;

                for (size_t k = 0; a->instance->kind == INSTANCE_VM && k < a->n_gpus; k++)
                        if (gpu_goes(b->plan->gpus + a->gpus[k]))
                                check_other_mates(b, b->plan->gpus + a->gpus[k], a);
        }
}
