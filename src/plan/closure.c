// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"

/*
 * What moves with a GPU: the display, audio, USB and UCSI functions of its slot. Whoever else stands in
 * the IOMMU groups of these must be harmless, for a group has one owner: a bridge stays where it is, a
 * function without a driver or with a VFIO one is fine, any other is the host's.
 *
 * At boot nobody can tell yet what is used for what, so storage and network functions count as the
 * host's whatever drives them; a GPU that is bound at boot is judged so at run time too, for the plan
 * shall say what the boot will do. What has no driver yet at boot is judged again when a VM starts.
 */

/* NVSwitches and their like have a bridge's class and are endpoints with a driver of their own. */
bool closure_stays_as_bridge(const PciDevice *d)
{
        return pci_class_is_bridge(d->class) &&
               (d->class != PCI_CLASS_BRIDGE_OTHER || !d->driver || streq(d->driver, "pcieport"));
}

static int add_device(const PciDevice ***list, size_t *n, const PciDevice *d)
{
        if (!GROW(*list, *n))
                return -ENOMEM;
        (*list)[(*n)++] = d;
        return 0;
}

static int find_companions(const Machine *m, GpuPlan *g)
{
        const PciDevice *d = g->device, *end = m->devices + m->n_devices;
        int r;

        while (d > m->devices && pci_address_same_slot(d[-1].address, g->device->address))
                d--;
        for (; d < end && pci_address_same_slot(d->address, g->device->address); d++) {
                if (d == g->device || d->is_vf ||
                    !(pci_class_is_companion(d->class) || pci_device_is_gpu(d)))
                        continue;
                r = add_device(&g->companions, &g->n_companions, d);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_mates(const Machine *m, GpuPlan *g, const PciDevice *of)
{
        const IommuGroup *group = machine_find_group(m, of->iommu_group);
        int r;

        for (size_t i = 0; group && i < group->n_members; i++) {
                const PciDevice *d = machine_find_device(m, group->members[i]);

                if (!d || gpu_owns(g, d) || closure_stays_as_bridge(d))
                        continue;
                r = add_device(&g->group_mates, &g->n_group_mates, d);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int compare_devices(const void *pa, const void *pb)
{
        return pci_address_compare((*(const PciDevice *const *)pa)->address,
                                   (*(const PciDevice *const *)pb)->address);
}

/* By address, each once: functions of a slot usually share a group. */
static void sort_devices(const PciDevice **list, size_t *n)
{
        size_t kept = 0;

        if (*n == 0)
                return;
        qsort(list, *n, sizeof(*list), compare_devices);
        for (size_t i = 0; i < *n; i++)
                if (kept == 0 || list[kept - 1] != list[i])
                        list[kept++] = list[i];
        *n = kept;
}

static int find_mates(const Machine *m, GpuPlan *g)
{
        int r = add_mates(m, g, g->device);

        for (size_t i = 0; r >= 0 && i < g->n_companions; i++)
                r = add_mates(m, g, g->companions[i]);
        if (r < 0)
                return r;
        sort_devices(g->group_mates, &g->n_group_mates);
        return 0;
}

int closure_find(Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                GpuPlan *g = b->plan->gpus + i;
                int r = find_companions(b->machine, g);

                if (r >= 0)
                        r = find_mates(b->machine, g);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int compare_addresses(const void *a, const void *b)
{
        return pci_address_compare(*(const PciAddress *)a, *(const PciAddress *)b);
}

static bool some_vm_takes(const Builder *b, PciAddress a)
{
        return b->n_vm_devices > 0 &&
               bsearch(&a, b->vm_devices, b->n_vm_devices, sizeof(PciAddress), compare_addresses);
}

/* Whether this member of the group keeps the GPU on the host. */
static bool mate_stays(const Builder *b, const GpuPlan *g, const PciDevice *d)
{
        const GpuPlan *other = gpu_of_function(b, d->address);

        if (machine_find_protection(b->machine, d->address))
                return true;
        if (other && gpu_owns(other, d))
                return !gpu_goes(other) ||
                       (g->role == ROLE_PASSTHROUGH && other->role == ROLE_ON_DEMAND);
        if (g->role == ROLE_PASSTHROUGH &&
            (pci_class_is_storage(d->class) || pci_class_is_network(d->class)))
                return true;
        if (b->mode == PLAN_BOOT || !d->driver || driver_is_vfio(d->driver))
                return false;
        return !some_vm_takes(b, d->address);
}

static void report_group(Builder *b, GpuPlan *g, size_t n)
{
        _cleanup_str_buf_ StrBuf who = {};
        int32_t group = g->device->iommu_group;
        size_t k = 0;
        Finding *f;

        for (size_t i = 0; i < g->n_group_mates; i++)
                if (mate_stays(b, g, g->group_mates[i])) {
                        if (k == 0)
                                group = g->group_mates[i]->iommu_group;
                        words_add_device(&who, b->machine, g->group_mates[i], k++, n);
                }
        f = finding_add(&b->plan->findings, FINDING_GROUP_NOT_ISOLATED, ADDRESS(g->device->address),
                        "%s shares IOMMU group %d with what stays on the host: %s", LABEL(g), group,
                        str_buf_get(&who));
        finding_at(f, gpu_origin(g));
        refuse_gpu(g, f);
        if (who.failed)
                b->plan->findings.failed = true;
}

/* A GPU that is refused stands in the way of those in its group, so until nothing changes. */
void closure_judge(Builder *b)
{
        bool changed = true;

        while (changed) {
                changed = false;
                for (size_t i = 0; i < b->plan->n_gpus; i++) {
                        GpuPlan *g = b->plan->gpus + i;
                        size_t n = 0;

                        if (!gpu_goes(g))
                                continue;
                        for (size_t k = 0; k < g->n_group_mates; k++)
                                n += mate_stays(b, g, g->group_mates[k]);
                        if (n == 0)
                                continue;
                        report_group(b, g, n);
                        changed = true;
                }
        }
}
