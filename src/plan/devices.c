// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/assign.h"
#include "plan/words.h"

/* What VMs take beside GPUs: single functions, at their start, under the same guards. */

static bool listed(const Instance *instance, PciAddress address)
{
        const AddressList *list = &instance->devices.pci_passthrough;

        for (size_t i = 0; i < list->n; i++)
                if (pci_address_equal(list->items[i], address))
                        return true;
        return false;
}

static bool has_gpu(const Assignment *a, size_t gpu)
{
        for (size_t i = 0; i < a->n_gpus; i++)
                if (a->gpus[i] == gpu)
                        return true;
        return false;
}

/* An address of pci_passthrough that is a GPU's asks for that GPU, with its role and policy. */
int devices_name_gpus(Assigner *as, size_t i)
{
        const Instance *instance = as->b->plan->assignments[i].instance;
        const AddressList *list = &instance->devices.pci_passthrough;

        for (size_t k = 0; k < list->n; k++) {
                const GpuPlan *g = plan_find_gpu(as->b->plan, list->items[k]);
                int r;

                if (!g)
                        continue;
                r = request_gpu(as, i, gpu_index(as->b->plan, g), list->origins[k]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void refuse_gate(Builder *b, Assignment *a, const PciDevice *d, const PatternList *gate,
                        Origin origin)
{
        _cleanup_str_buf_ StrBuf where = {};
        Finding *f;

        if (gate)
                words_add_origin(&where, gate->origin);
        f = REFUSE(b, a, FINDING_DEVICE_NOT_ALLOWED, origin,
                   "%s asks for %s (%s, %s), which %s%s does not let pass", a->instance->name,
                   ADDRESS(d->address), pci_class_words(d->class), ID(d->id),
                   gate ? "its devices.allowlist" : "the host's allowlist", str_buf_get(&where));
        finding_fix(f, "if it may, add \"%s\" to %s", ID(d->id),
                    gate ? "that list" : "allowlist in host.d");
        if (where.failed)
                b->plan->findings.failed = true;
}

/* Whether this member of the device's group may stand beside it while the VM has the group. */
static bool mate_is_fine(const Builder *b, const Assignment *a, const PciDevice *mate)
{
        const GpuPlan *g = gpu_of_function(b, mate->address);

        if (machine_find_protection(b->machine, mate->address))
                return false;
        if (!mate->driver || driver_is_vfio(mate->driver) || closure_stays_as_bridge(mate) ||
            listed(a->instance, mate->address))
                return true;
        return g && gpu_owns(g, mate) && has_gpu(a, gpu_index(b->plan, g));
}

static void check_group(Builder *b, Assignment *a, const PciDevice *d, Origin origin)
{
        const IommuGroup *group = machine_find_group(b->machine, d->iommu_group);
        _cleanup_str_buf_ StrBuf who = {};
        size_t n = 0, k = 0;

        for (int pass = 0; pass < 2; pass++)
                for (size_t i = 0; group && i < group->n_members; i++) {
                        const PciDevice *mate = machine_find_device(b->machine, group->members[i]);

                        if (!mate || mate == d || mate_is_fine(b, a, mate))
                                continue;
                        if (pass == 0)
                                n++;
                        else
                                words_add_device(&who, b->machine, mate, k++, n);
                }
        if (n > 0)
                (void)REFUSE(b, a, FINDING_GROUP_NOT_ISOLATED, origin,
                             "%s asks for %s, which shares IOMMU group %d with what stays on the "
                             "host: %s",
                             a->instance->name, ADDRESS(d->address), d->iommu_group,
                             str_buf_get(&who));
        if (who.failed)
                b->plan->findings.failed = true;
}

/* 1 if the function may be taken as far as it itself goes. */
static bool check_function(Builder *b, Assignment *a, const PciDevice *d, Origin origin)
{
        const Protection *protection = machine_find_protection(b->machine, d->address);
        const GpuPlan *g = gpu_of_function(b, d->address);

        if (closure_stays_as_bridge(d)) {
                (void)REFUSE(b, a, FINDING_DEVICE_UNSUITABLE, origin,
                             "%s asks for %s, which is a bridge and stays with the host",
                             a->instance->name, ADDRESS(d->address));
                return false;
        }
        if (protection) {
                (void)REFUSE(b, a, FINDING_PROTECTED, origin, "%s asks for %s (%s), which %s",
                             a->instance->name, ADDRESS(d->address), pci_class_words(d->class),
                             protection->why);
                return false;
        }
        if (g && gpu_owns(g, d) && !has_gpu(a, gpu_index(b->plan, g))) {
                (void)REFUSE(b, a, FINDING_DEVICE_UNSUITABLE, origin,
                             "%s asks for %s, which goes along with %s, without asking for that",
                             a->instance->name, ADDRESS(d->address), LABEL(g));
                return false;
        }
        if (b->machine->iommu.kind != IOMMU_NONE && !machine_translates(b->machine, d)) {
                (void)REFUSE(b, a, FINDING_IOMMU_OFF, origin,
                             "%s asks for %s, for which no IOMMU "
                             "translates",
                             a->instance->name, ADDRESS(d->address));
                return false;
        }
        return true;
}

static void check_address(Builder *b, Assignment *a, PciAddress address, Origin origin)
{
        const PciDevice *d = machine_find_device(b->machine, address);
        const GpuPlan *g = d ? gpu_of_function(b, address) : NULL;
        PciId id;

        if (!d) {
                (void)REFUSE(b, a, FINDING_DEVICE_MISSING, origin,
                             "%s asks for %s, and there is no device at that address",
                             a->instance->name, ADDRESS(address));
                return;
        }
        /* A GPU was judged as such, and what goes along with it inherits. */
        if (g && g->device == d)
                return;
        if (!check_function(b, a, d, origin))
                return;
        if (g && gpu_owns(g, d))
                return;
        id = g && d->is_vf ? g->device->id : d->id;
        if (!allow_host(b, id) || allow_refusing_gate(a->instance, id)) {
                refuse_gate(b, a, d,
                            allow_host(b, id) ? allow_refusing_gate(a->instance, id) : NULL,
                            origin);
                return;
        }
        check_group(b, a, d, origin);
}

/* Who asks for what, by address. */
typedef struct Taking {
        PciAddress address;
        size_t assignment;
        Origin origin;
} Taking;

static int compare_takings(const void *pa, const void *pb)
{
        const Taking *a = pa, *b = pb;
        int r = pci_address_compare(a->address, b->address);

        return r ? r : a->assignment < b->assignment ? -1 : a->assignment > b->assignment;
}

static int report_shared(Builder *b, const Taking *t, size_t n)
{
        _cleanup_str_buf_ StrBuf names = {};
        Finding *f;

        for (size_t i = 0; i < n; i++)
                words_add(&names, b->plan->assignments[t[i].assignment].instance->name, i, n);
        if (names.failed)
                return -ENOMEM;
        f = finding_add(&b->plan->findings, FINDING_DEVICE_SHARED, ADDRESS(t->address),
                        "%zu VMs ask for %s: %s", n, ADDRESS(t->address), str_buf_get(&names));
        finding_at(f, t->origin);
        for (size_t i = 0; i < n; i++)
                refuse_instance(b->plan->assignments + t[i].assignment, f);
        return 0;
}

/* Where the host says switch, VMs may take turns with devices as with GPUs: the claim keeps them apart. */
static int check_shared(Builder *b, Taking *all, size_t n)
{
        if (b->config->host.gpu_policy == POLICY_SWITCH)
                return 0;
        qsort(all, n, sizeof(*all), compare_takings);
        for (size_t i = 0, k; i < n; i = k) {
                int r;

                for (k = i + 1; k < n && pci_address_equal(all[i].address, all[k].address);)
                        k++;
                if (all[i].assignment == all[k - 1].assignment ||
                    plan_find_gpu(b->plan, all[i].address))
                        continue;
                r = report_shared(b, all + i, k - i);
                if (r < 0)
                        return r;
        }
        return 0;
}

int devices_check(Builder *b)
{
        _cleanup_free_ Taking *all = calloc(b->n_vm_devices + 1, sizeof(*all));
        size_t n = 0;

        if (!all)
                return -ENOMEM;
        for (size_t i = 0; i < b->plan->n_assignments; i++) {
                Assignment *a = b->plan->assignments + i;
                const AddressList *list = &a->instance->devices.pci_passthrough;

                if (!a->instance->valid || a->instance->kind != INSTANCE_VM)
                        continue;
                for (size_t k = 0; k < list->n; k++) {
                        check_address(b, a, list->items[k], list->origins[k]);
                        all[n++] = (Taking){ list->items[k], i, list->origins[k] };
                }
        }
        return check_shared(b, all, n);
}
