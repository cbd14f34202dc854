// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/vgpu.h"

#include <poll.h>

#include "claim/node.h"
#include "claim/stage.h"
#include "device/settle.h"
#include "device/slot.h"
#include "device/stuck.h"
#include "lease/store.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/log.h"
#include "vendor/vendor.h"

/*
 * The part of a card that a VM gets. A mediated device has no address that could be claimed: its UUID is
 * made of the VM's name, so that whoever cleans up after a claim that was ended finds it, and no other's.
 * A VF has one, and whoever has claimed it may give it a type, and take that away.
 */

enum { MDEVS_MAX = 16, REMOVE_TIMEOUT = 10 * 1000 * 1000, REMOVE_RETRY_MS = 250 };

/* Also of a plan that was made before other VMs came: the driver has the last word. */
static const VgpuType *find_type(const Stage *s, const PciDevice *d, const VgpuTypeList *list)
{
        const Vendor *vendor = vendor_find(d->id.vendor);

        for (size_t i = 0; i < list->n; i++)
                if (vendor_vgpu_matches(vendor, list->items[i].id, list->items[i].name,
                                        s->assignment->vgpu_profile))
                        return list->items + i;
        return NULL;
}

static bool is_vf_of(const PciDevice *d, const GpuPlan *g)
{
        return d->is_vf && pci_address_equal(d->physfn, g->device->address);
}

/* The type of a mediated device that the card itself, or one of its VFs, makes. */
static const VgpuType *find_mdev_type(const Stage *s, const GpuPlan *g, const PciDevice *d)
{
        return d == g->device || is_vf_of(d, g) ? find_type(s, d, &d->mdev_types) : NULL;
}

static bool makes_mdevs(const Stage *s, const GpuPlan *g)
{
        for (size_t i = 0; i < s->machine.n_devices; i++)
                if (find_mdev_type(s, g, s->machine.devices + i))
                        return true;
        return false;
}

static int choose_mdev(Stage *s, const GpuPlan *g)
{
        Mdev m = { .gpu = g, .group = -1 };

        if (s->n_mdevs == MDEVS_MAX)
                return refuse(s, "%s: gpu: no more than %d mediated devices go to one VM",
                              s->instance->file, MDEVS_MAX);
        if (!GROW(s->mdevs, s->n_mdevs))
                return -ENOMEM;
        (void)guest_vgpu_uuid(s->name, s->n_mdevs, m.uuid);
        s->mdevs[s->n_mdevs++] = m;
        return 0;
}

static bool is_claimed(const Stage *s, PciAddress address)
{
        for (size_t i = 0; i < s->machine.n_claims; i++)
                if (pci_address_equal(s->machine.claims[i].address, address))
                        return true;
        for (size_t i = 0; i < s->n_passed; i++)
                if (pci_address_equal(s->passed[i].device->address, address))
                        return true;
        return false;
}

/* False: not by this VF. One that takes no type is a vGPU as it is, and goes by VFIO's own driver. */
static bool vf_serves(const Stage *s, const PciDevice *d, Passed *ret)
{
        const VgpuType *type = NULL;

        if (d->has_vgpu_attributes) {
                type = streq_ptr(d->current_vgpu_type, "0") ? find_type(s, d, &d->vgpu_types)
                                                            : NULL;
                if (!type)
                        return false;
        } else if (!(vendor_find(d->id.vendor)->vgpu & VGPU_SRIOV)) {
                return false;
        }
        *ret = (Passed){ .device = d,
                         .driver = type ? NULL : "vfio-pci",
                         .vgpu_type = type ? type->id : NULL };
        return true;
}

int vgpu_choose(Stage *s, const GpuPlan *g)
{
        if (makes_mdevs(s, g))
                return choose_mdev(s, g);
        for (size_t i = 0; i < s->machine.n_devices; i++) {
                const PciDevice *d = s->machine.devices + i;
                Passed p;

                if (is_vf_of(d, g) && !is_claimed(s, d->address) && vf_serves(s, d, &p))
                        return passed_add(s, &p);
        }
        return refuse(s, "GPU %s%s%s%s has no VF left for a vGPU %s: gpuhost resources shows them",
                      ADDRESS(g->device->address), g->name ? " (" : "", g->name ? g->name : "",
                      g->name ? ")" : "", s->assignment->vgpu_profile);
}

static int refuse_making(Stage *s, PciAddress maker, int r)
{
        if (r == -ENOSPC)
                return refuse_for_now(s,
                                      "%s has no room left for a vGPU %s: gpuhost status shows who "
                                      "has the others",
                                      ADDRESS(maker), s->assignment->vgpu_profile);
        return refuse_error(s, r, "%s makes no vGPU %s", ADDRESS(maker),
                            s->assignment->vgpu_profile);
}

static int refuse_write(Stage *s, const PciDevice *d, int r)
{
        if (r == -ETIMEDOUT)
                (void)!stuck_mark(s->root, d->address);
        return refuse_making(s, d->address, r);
}

static int give_type(Stage *s, const Passed *p)
{
        pid_t stuck = 0;
        int r = stuck_is_marked(s->root, p->device->address)
                        ? -EDEADLK
                        : vf_set_type(s->root, p->device->address, p->vgpu_type, SLOT_WRITE_TIMEOUT,
                                      &stuck);

        return r < 0 ? refuse_write(s, p->device, r) : 0;
}

/* 1: made. */
static int try_parent(Stage *s, const Mdev *m, const PciDevice *d)
{
        const VgpuType *type = find_mdev_type(s, m->gpu, d);
        uint64_t available;
        pid_t stuck = 0;
        int r;

        if (!type || stuck_is_marked(s->root, d->address))
                return 0;
        r = mdev_available(s->root, d->address, type->id, &available);
        if (r < 0 || available == 0)
                return r < 0 ? r : -ENOSPC;
        r = mdev_create(s->root, d->address, type->id, m->uuid, SLOT_WRITE_TIMEOUT, &stuck);
        if (r == -ETIMEDOUT)
                (void)!stuck_mark(s->root, d->address);
        return r < 0 ? r : 1;
}

/* By the first that does: another VM may just have had the room of one. */
static int create(Stage *s, const Mdev *m)
{
        int r = 0, first = 0;

        for (size_t i = 0; r <= 0 && i < s->machine.n_devices; i++) {
                r = try_parent(s, m, s->machine.devices + i);
                if (first == 0 && r < 0)
                        first = r;
        }
        if (r > 0)
                return 0;
        return refuse_making(s, m->gpu->device->address, first < 0 ? first : -ENODEV);
}

static bool is_settled(Root *root, const void *path)
{
        return device_node_settled(root, path);
}

static int make_mdev(Stage *s, Mdev *m)
{
        char path[NODE_PATH_MAX];
        int r = create(s, m);

        if (r < 0)
                return r;
        r = mdev_group(s->root, m->uuid, &m->group);
        if (r < 0)
                return refuse_error(s, r, "the vGPU %s has no IOMMU group", m->uuid);
        device_await(s->root, is_settled, node_path(m->group, path),
                     clock_now_usec() + UDEV_TIMEOUT);
        return 0;
}

/* They had none before they were made. */
static int claim_groups(Stage *s)
{
        _cleanup_leases_ LeaseList groups = {};
        _cleanup_free_ char *holder = NULL;
        _cleanup_close_ int gate = -EBADF;
        const Lease *taken = NULL;
        char name[STORE_NAME_MAX];
        int r = lease_gate(s->root, GATE_TIMEOUT, &gate);

        for (size_t i = 0; r >= 0 && i < s->n_mdevs; i++)
                r = lease_list_add_group(&groups, s->mdevs[i].group, false);
        if (r >= 0)
                r = lease_take(s->root, s->name, &groups, &taken, &holder);
        for (size_t i = 0; r >= 0 && i < groups.n; i++)
                r = store_put(store_name_of_lease(groups.items[i].name, name), groups.items[i].fd);
        if (r >= 0)
                r = store_settle(STORE_TIMEOUT);
        return r < 0 ? refuse_error(s, r, "cannot claim its vGPUs in /" LEASE_CLAIMS) : 0;
}

int vgpus_make(Stage *s)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_passed; i++)
                if (s->passed[i].vgpu_type)
                        r = give_type(s, s->passed + i);
        for (size_t i = 0; r >= 0 && i < s->n_mdevs; i++)
                r = make_mdev(s, s->mdevs + i);
        return r < 0 || s->n_mdevs == 0 ? r : claim_groups(s);
}

/* The daemons of some drivers have a vGPU for a moment after its VM has ended, and nothing tells when they
 * have let go. */
static bool again(int r, uint64_t deadline)
{
        if ((r != -EBUSY && r != -EAGAIN) || clock_now_usec() >= deadline)
                return false;
        (void)poll(NULL, 0, REMOVE_RETRY_MS);
        return true;
}

static void remove_mdev(Stage *s, const char *uuid)
{
        uint64_t deadline = clock_now_usec() + REMOVE_TIMEOUT;
        pid_t stuck = 0;
        int r;

        do
                r = mdev_remove(s->root, uuid, SLOT_WRITE_TIMEOUT, &stuck);
        while (again(r, deadline));
        if (r < 0)
                log_error("cannot remove the vGPU %s: %s", uuid, strerror(-r));
}

static void take_type(Stage *s, PciAddress vf)
{
        uint64_t deadline = clock_now_usec() + REMOVE_TIMEOUT;
        pid_t stuck = 0;
        int r;

        do
                r = vf_set_type(s->root, vf, "0", SLOT_WRITE_TIMEOUT, &stuck);
        while (again(r, deadline));
        if (r == -ETIMEDOUT)
                (void)!stuck_mark(s->root, vf);
        if (r < 0)
                log_error("cannot remove the vGPU of %s: %s", ADDRESS(vf), strerror(-r));
}

void vgpus_remove(Stage *s)
{
        for (size_t i = 0; i < MDEVS_MAX; i++) {
                char uuid[GUEST_UUID_MAX];

                if (mdev_exists(s->root, guest_vgpu_uuid(s->name, i, uuid)))
                        remove_mdev(s, uuid);
        }
        for (size_t i = 0; i < s->leases.n; i++) {
                PciAddress address;

                if (pci_address_parse(s->leases.items[i].name, &address) >= 0 &&
                    vf_has_type(s->root, address) && !stuck_is_marked(s->root, address))
                        take_type(s, address);
        }
}
