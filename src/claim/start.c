// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/start.h"

#include "claim/node.h"
#include "device/vgpu.h"
#include "guest/guest.h"
#include "lease/store.h"
#include "util/fd.h"

static int allow(Stage *s, const StrList *nodes)
{
        int r = manager_allow_devices(s->manager, s->unit, nodes);

        return r < 0 ? refuse_error(s, r, "systemd does not limit the devices of %s", s->unit) : 0;
}

/* The i-th of them: of functions, then of mediated devices. */
static int32_t group_of(const Stage *s, size_t i)
{
        return i < s->n_passed ? s->passed[i].device->iommu_group : s->mdevs[i - s->n_passed].group;
}

/* What QEMU itself opens. */
static int list_own(const Stage *s, StrList *nodes)
{
        size_t n = s->n_passed + s->n_mdevs;
        char path[NODE_PATH_MAX];
        int r = s->instance->machine.accel == ACCEL_KVM ? str_list_add(nodes, "/dev/kvm") : 0;

        if (r >= 0 && n > 0)
                r = str_list_add(nodes, "/dev/vfio/vfio");
        for (size_t i = 0; r >= 0 && i < n; i++) {
                node_path(group_of(s, i), path);
                if (!str_list_contains(nodes, path))
                        r = str_list_add(nodes, path);
        }
        return r;
}

static int give_nodes(Stage *s)
{
        for (size_t i = 0; i < s->n_passed + s->n_mdevs; i++) {
                int32_t group = group_of(s, i);
                int r = node_give(s->root, group, s->uid);

                if (r < 0)
                        return refuse_error(s, r, "cannot give /dev/vfio/%d to the VM", group);
        }
        return 0;
}

static int find_user(Stage *s)
{
        _cleanup_free_ char *name = format_string("gv-%s", s->name);
        int r = name ? manager_open(&s->manager) : -ENOMEM;

        if (r < 0)
                return refuse_error(s, r, "cannot speak to systemd");
        r = manager_find_user(s->manager, name, &s->uid);
        if (r == -ESRCH)
                return refuse(s, "%s has no user '%s': its User= or DynamicUser= was changed",
                              s->unit, name);
        return r < 0 ? refuse_error(s, r, "cannot find the user '%s'", name) : 0;
}

static int add_mdev(Stage *s, const Mdev *m, unsigned slot)
{
        StartFunction f = { .sysfsdev = format_string("/" MDEV_DEVICES "/%s", m->uuid),
                            .slot = slot,
                            .fd = -EBADF };

        return f.sysfsdev ? start_add_function(&s->start, f) : -ENOMEM;
}

static int add_functions(Stage *s)
{
        unsigned slot = 0;
        int r = 0;

        for (size_t i = 0; i < s->n_passed; i++) {
                PciAddress address = s->passed[i].device->address;

                if (i > 0 && !pci_address_same_slot(address, s->passed[i - 1].device->address))
                        slot++;
                r = start_add_function(
                        &s->start,
                        (StartFunction){ .address = address, .slot = slot, .fd = -EBADF });
                if (r < 0)
                        return r;
        }
        if (s->n_passed > 0)
                slot++;
        for (size_t i = 0; r >= 0 && i < s->n_mdevs; i++)
                r = add_mdev(s, s->mdevs + i, slot++);
        return r;
}

/* They are the i-th function's, as long as that is what start_add_function() was told. */
static int find_window(Stage *s)
{
        _cleanup_free_ GuestBar *bars = calloc(s->n_passed * PCI_N_BARS + 1, sizeof(*bars));
        size_t n = 0;

        if (!bars)
                return -ENOMEM;
        for (size_t i = 0; i < s->n_passed; i++)
                for (size_t k = 0; k < PCI_N_BARS; k++)
                        bars[n++] = (GuestBar){ .slot = s->start.functions[i].slot,
                                                .size = s->passed[i].device->bar_sizes[k] };
        s->start.mmio64_mb = guest_mmio64_mb(bars, n);
        return 0;
}

int start_decide(Stage *s)
{
        int r;

        s->start.prealloc = s->instance->resources.hugepages > 0 || s->n_passed > 0;
        s->start.console = format_string("/run/gpu-vm/%s/console.sock", s->name);
        if (!s->start.console)
                return -ENOMEM;
        if ((r = vmm_find(s)) < 0 || (r = add_functions(s)) < 0 || (r = find_window(s)) < 0 ||
            (r = complete_decide(s)) < 0 || (r = firmware_decide(s)) < 0 ||
            (r = seed_decide(s)) < 0 || (r = disks_decide(s)) < 0 || (r = networks_decide(s)) < 0 ||
            (r = vsock_decide(s)) < 0 || (r = tpm_decide(s)) < 0)
                return r;
        return shares_decide(s);
}

static int make_files(Stage *s)
{
        int r;

        if ((r = complete_ports(s)) < 0 || (r = firmware_make(s)) < 0)
                return r;
        return seed_make(s);
}

/* Nobody but us is in the unit's cgroup as yet, so it may open for a moment what QEMU only inherits. */
static int open_files(Stage *s, Opened *opened)
{
        _cleanup_str_list_ StrList nodes = {};
        int r;

        if ((r = list_own(s, &nodes)) < 0 || (r = disks_list(s, &nodes)) < 0 ||
            (r = networks_list(s, &nodes)) < 0 || (r = vsock_list(s, &nodes)) < 0 ||
            (r = allow(s, &nodes)) < 0)
                return r;
        if ((r = disks_open(s, opened)) < 0 || (r = networks_open(s, opened)) < 0)
                return r;
        if ((r = vsock_open(s, opened)) < 0 || (r = tpm_open(s, opened)) < 0)
                return r;
        return shares_open(s, opened);
}

/* One of the same name may be there from a start before, of which nothing else is left. */
static int store_files(Stage *s, const Opened *opened)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->start.fds.n; i++)
                if ((r = store_drop(s->start.fds.items[i])) >= 0)
                        r = store_put(s->start.fds.items[i], opened->fds[i]);
        if (r >= 0)
                r = store_settle(STORE_TIMEOUT);
        return r < 0 ? refuse_error(s, r, "PID 1 does not take what was opened") : 0;
}

static int limit_devices(Stage *s)
{
        _cleanup_str_list_ StrList nodes = {};
        int r = list_own(s, &nodes);

        return r < 0 ? r : allow(s, &nodes);
}

void opened_init(Opened *opened)
{
        for (size_t i = 0; i < ARRAY_SIZE(opened->fds); i++)
                opened->fds[i] = -EBADF;
}

int opened_put(Opened *opened, int number, int fd)
{
        size_t i = (size_t)(number - VMM_FD_FIRST);

        if (i >= ARRAY_SIZE(opened->fds)) {
                safe_close(fd);
                return -E2BIG;
        }
        opened->fds[i] = fd;
        return 0;
}

void opened_done(Opened *opened)
{
        for (size_t i = 0; i < ARRAY_SIZE(opened->fds); i++)
                safe_close(opened->fds[i]);
}

int start_make(Stage *s)
{
        _cleanup_opened_ Opened opened;
        int r;

        opened_init(&opened);
        if ((r = find_user(s)) < 0 || (r = make_files(s)) < 0 || (r = open_files(s, &opened)) < 0 ||
            (r = limit_devices(s)) < 0 || (r = give_nodes(s)) < 0 ||
            (r = store_files(s, &opened)) < 0)
                return r;
        return record_make(s);
}
