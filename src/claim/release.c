// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/helper.h"
#include "claim/node.h"
#include "claim/stage.h"
#include "device/bind.h"
#include "device/vgpu.h"
#include "journal/execute.h"
#include "lease/store.h"
#include "supervise/record.h"
#include "util/atomic.h"
#include "util/fd.h"
#include "util/log.h"

/*
 * Whatever a claim came to is undone, by what carries the instance's name and by that alone: devices first,
 * while nobody else can have them, the claims last. What fails is said, and the rest is done all the same.
 */

/* The VM's user id is somebody else's soon. */
static void take_nodes_back(Stage *s)
{
        for (size_t i = 0; i < s->leases.n; i++) {
                const char *name = s->leases.items[i].name;
                int r = node_take_back(s->root, name);

                if (r < 0)
                        log_error("cannot take the node of %s back: %s", name, strerror(-r));
        }
}

static bool is_with_vfio(const Stage *s, PciAddress address)
{
        char driver[DRIVER_NAME_MAX];

        return function_driver(s->root, address, driver) >= 0 && driver_is_vfio(driver);
}

/* What has its native driver again needs no reset of ours. */
static bool reset_functions(Stage *s, PciAddress head, const PciAddress *functions, size_t n)
{
        bool well = true;

        for (size_t i = 0; i < n; i++)
                if (is_with_vfio(s, functions[i]))
                        well &= check_reset_one(s, functions[i], head);
        return well;
}

/* A card that others find on VFIO after a boot stays there; the rest was taken for this VM. While files are
 * wrong nobody knows which is which, and nothing is moved: gpuhost apply does that when they are right. */
static bool stays(const Stage *s, const GpuPlan *g)
{
        return !s->plan_known || !s->config.host_valid || (g && g->role == ROLE_PASSTHROUGH);
}

/* A GPU that is parted, or a VF of one: it has the driver that it is to have for the next VM, too. */
static bool is_parted(const Stage *s, const GpuPlan *g, PciAddress address)
{
        const PciDevice *d = machine_find_device(&s->machine, address);

        return (g && g->role == ROLE_VGPU) ||
               (d && d->is_vf && plan_gpu_of(&s->plan, &s->machine, address)) ||
               vf_has_type(s->root, address);
}

static int give_back(Stage *s, PciAddress head)
{
        const GpuPlan *g = plan_find_gpu(&s->plan, head);
        PciAddress functions[SLOT_FUNCTIONS] = { head };
        size_t n = 1;

        for (size_t i = 0; g && i < g->n_companions && n < SLOT_FUNCTIONS; i++)
                functions[n++] = g->companions[i]->address;
        /* One that does not answer is left as it is: its native driver would wait for it. */
        if (!reset_functions(s, head, functions, n) || stays(s, g) || is_parted(s, g, head))
                return 0;
        return bind_return(s, functions, n);
}

static void give_all_back(Stage *s)
{
        for (size_t i = 0; i < s->leases.n; i++) {
                PciAddress address;
                int r = pci_address_parse(s->leases.items[i].name, &address) < 0
                                ? 0
                                : give_back(s, address);

                if (r < 0 && r != -ECANCELED)
                        log_error("cannot give %s back: %s", s->leases.items[i].name, strerror(-r));
        }
}

static void close_devices(Stage *s)
{
        int r = s->manager ? 0 : manager_open(&s->manager);

        if (r >= 0)
                r = manager_allow_devices(s->manager, s->unit, &(StrList){});
        if (r < 0)
                log_error("cannot take the devices of %s away: %s", s->unit, strerror(-r));
}

static void remove_record(Stage *s)
{
        _cleanup_free_ char *path = run_record_path(s->name);
        int r = path ? root_unlink_sync(s->root, path) : -ENOMEM;

        if (r >= 0)
                r = seed_remove(s);
        if (r < 0)
                log_error("cannot remove what is in /" RUN_RECORD_FOLDER " of %s: %s", s->name,
                          strerror(-r));
}

/* They would go with the unit, but a restart of it comes before that. */
static int drop_descriptors(Stage *s)
{
        char name[STORE_NAME_MAX];
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->leases.n; i++)
                r = store_drop(store_name_of_lease(s->leases.items[i].name, name));
        for (size_t i = 0; r >= 0 && i < s->start.fds.n; i++)
                r = store_drop(s->start.fds.items[i]);
        return r < 0 ? r : store_settle(STORE_TIMEOUT);
}

/* In one go, so that nobody finds a device that is locked and nobody's. */
static int drop_claims(Stage *s)
{
        _cleanup_close_ int gate = -EBADF;
        int r, g = lease_gate(s->root, GATE_TIMEOUT, &gate);

        r = lease_forget(s->root, s->name);
        if (r >= 0)
                r = drop_descriptors(s);
        return r < 0 ? r : g;
}

/* Roles tell what goes back. */
static void look(Stage *s)
{
        int r = stage_load(s);

        if (r >= 0)
                r = plan_build(&s->config, &s->machine, PLAN_RUNTIME, &s->plan);
        s->plan_known = r >= 0;
        if (r < 0)
                log_error("cannot look at the machine: %s", strerror(-r));
}

/* The names of what the claim has opened; false where it came to no record. */
static bool read_record(Stage *s)
{
        _cleanup_free_ char *path = run_record_path(s->name);
        _cleanup_run_record_ RunRecord record = {};
        _cleanup_str_buf_ StrBuf why = {};

        if (!path || !root_exists(s->root, path))
                return false;
        if (run_record_read(s->root, path, &record, &why) >= 0)
                (void)!str_list_append(&s->start.fds, &record.fds);
        return true;
}

static int find_claims(Stage *s)
{
        _cleanup_close_ int gate = -EBADF;
        int r = lease_gate(s->root, GATE_TIMEOUT, &gate);

        return r < 0 ? r : lease_adopt(s->root, s->name, &s->leases);
}

int release_run(Root *root, const char *name)
{
        _cleanup_stage_ Stage s = { .root = root, .name = name };
        int r;

        stage_begin(&s);
        tpm_stop(&s);
        shares_stop(&s);
        r = find_claims(&s);
        if (r < 0)
                return r;
        /* Without either it never came to a claim, and there is nothing of it in the machine. */
        if (!read_record(&s) && s.leases.n == 0)
                return 0;
        look(&s);
        take_nodes_back(&s);
        vgpus_remove(&s);
        give_all_back(&s);
        close_devices(&s);
        remove_record(&s);
        return drop_claims(&s);
}
