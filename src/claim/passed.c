// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/stage.h"
#include "lease/store.h"

static bool has(const Stage *s, const PciDevice *d)
{
        for (size_t i = 0; i < s->n_passed; i++)
                if (s->passed[i].device == d)
                        return true;
        return false;
}

int passed_add(Stage *s, const Passed *p)
{
        if (has(s, p->device))
                return 0;
        if (!GROW(s->passed, s->n_passed))
                return -ENOMEM;
        s->passed[s->n_passed++] = *p;
        return 0;
}

static int add(Stage *s, const PciDevice *d, const GpuPlan *g, const char *driver)
{
        return passed_add(s, &(Passed){ .device = d, .gpu = g, .driver = driver });
}

static int add_gpu(Stage *s, const GpuPlan *g)
{
        int r = add(s, g->device, g, g->driver ? g->driver : "vfio-pci");

        for (size_t i = 0; r >= 0 && i < g->n_companions; i++)
                r = add(s, g->companions[i], g, "vfio-pci");
        return r;
}

static int compare_passed(const void *a, const void *b)
{
        return pci_address_compare(((const Passed *)a)->device->address,
                                   ((const Passed *)b)->device->address);
}

int passed_collect(Stage *s)
{
        const AddressList *list = &s->instance->devices.pci_passthrough;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->assignment->n_gpus; i++) {
                const GpuPlan *g = s->plan.gpus + s->assignment->gpus[i];

                r = g->role == ROLE_VGPU ? vgpu_choose(s, g) : add_gpu(s, g);
        }
        for (size_t i = 0; r >= 0 && i < list->n; i++) {
                const PciDevice *d = machine_find_device(&s->machine, list->items[i]);

                r = d ? add(s, d, NULL, "vfio-pci") : 0; /* the plan refuses what is not there */
        }
        if (r >= 0 && s->n_passed > 1)
                qsort(s->passed, s->n_passed, sizeof(Passed), compare_passed);
        return r;
}

/* A GPU stands for its slot, and has one claim. */
static int want(Stage *s, const Passed *p)
{
        bool own = !p->gpu || p->gpu->device == p->device;
        int r = own ? lease_list_add(&s->leases, p->device->address, false) : 0;

        if (p->device->iommu_group < 0)
                return refuse(s, "%s has no IOMMU group: gpuhost check says what is missing",
                              ADDRESS(p->device->address));
        return r < 0 ? r : lease_list_add_group(&s->leases, p->device->iommu_group, false);
}

static const GpuPlan *gpu_called(const Stage *s, const char *lease)
{
        PciAddress address;

        return pci_address_parse(lease, &address) < 0 ? NULL : plan_find_gpu(&s->plan, address);
}

static int refuse_taken(Stage *s, const char *lease, const char *holder)
{
        const GpuPlan *g = gpu_called(s, lease);

        if (!holder)
                return refuse_for_now(
                        s, "%s is in use by an instance that is just ending: try again", lease);
        if (!g)
                return refuse(s, "%s is in use by '%s'", lease, holder);
        return refuse(s, "GPU %s%s%s%s is in use by '%s'%s%s", lease, g->name ? " (" : "",
                      g->name ? g->name : "", g->name ? ")" : "", holder,
                      g->policy == POLICY_SWITCH
                              ? ": to stop that one and start this, gpuhost switch "
                              : "",
                      g->policy == POLICY_SWITCH ? s->name : "");
}

int passed_lock(Stage *s)
{
        _cleanup_free_ char *holder = NULL;
        const Lease *taken = NULL;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_passed; i++)
                r = want(s, s->passed + i);
        /* Others part the same card. */
        for (size_t i = 0; r >= 0 && i < s->n_mdevs; i++)
                r = lease_list_add(&s->leases, s->mdevs[i].gpu->device->address, true);
        if (r >= 0)
                r = lease_take(s->root, s->name, &s->leases, &taken, &holder);
        if (r == -EBUSY && taken)
                return refuse_taken(s, taken->name, holder);
        return r < 0 ? refuse_error(s, r, "cannot claim its devices in /" LEASE_CLAIMS) : 0;
}

/* Before anything is touched: from here on nobody else has them until they are given back. */
int passed_store(Stage *s)
{
        char name[STORE_NAME_MAX];
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->leases.n; i++)
                r = store_put(store_name_of_lease(s->leases.items[i].name, name),
                              s->leases.items[i].fd);
        if (r >= 0)
                r = store_settle(STORE_TIMEOUT);
        return r < 0 ? refuse_error(s, r, "PID 1 does not take the claims") : 0;
}
