// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bind/run.h"

#include <sys/mount.h>

#include "bind/driver.h"
#include "bind/early.h"
#include "bind/record.h"
#include "bind/report.h"
#include "boot/boot.h"
#include "config/config.h"
#include "device/lock.h"
#include "device/module.h"
#include "device/slot.h"
#include "host/early.h"
#include "host/loader.h"
#include "plan/plan.h"
#include "util/fd.h"
#include "util/log.h"

enum { EXIT_CONFIG = 2, BINDING_TIMEOUT = 60 * 1000 * 1000 };

/* A driver that was faster, or is built in, is asked to let go only of what nobody uses. */
static int ask_holders(Root *root, Slot *slot)
{
        _cleanup_holders_ HolderList holders = {};
        int r = slot_ask_holders(root, slot, &holders);

        if (r >= 0)
                report_holders(slot, &holders);
        return r;
}

typedef struct Binder {
        Root *root;
        DriverList drivers;
        Writer writer;
        int status;
} Binder;

static void binder_done(Binder *b)
{
        driver_list_done(&b->drivers);
        writer_done(&b->writer);
}

static int offer(Binder *b, Slot *slot)
{
        int r;

        if (slot->taken)
                return slot_probe(&b->writer, slot->functions, slot->n, SLOT_WRITE_TIMEOUT);
        r = ask_holders(b->root, slot);
        return r < 0 ? r : slot_bind(&b->writer, slot->functions, slot->n, SLOT_WRITE_TIMEOUT);
}

/* Drivers before devices: where the one is missing the other stays with the host. */
static int load_and_bind(Binder *b, Slot *slot)
{
        int r = drivers_load(b->root, &b->drivers, slot);

        if (r < 0) {
                report_no_driver(slot);
                if (slot->taken)
                        slot_give_back(&b->writer, slot);
                return r;
        }
        r = offer(b, slot);
        if (r < 0)
                report_failure(b->root, slot, r);
        return r;
}

static void bind_slot(Binder *b, Slot *slot)
{
        if (load_and_bind(b, slot) < 0)
                b->status = EXIT_FAILURE;
}

/* What can wait for its drivers is only taken. What cannot is bound now, and what fails is left. */
static void take_slot(Binder *b, Slot *slot)
{
        int r = slot_take_early(&b->writer, slot);

        slot->taken = r > 0;
        if (r == 0)
                bind_slot(b, slot);
        if (r < 0) {
                report_failure(b->root, slot, r);
                b->status = EXIT_FAILURE;
        }
}

static int bind_slots(Root *root, SlotList *slots, bool early)
{
        _cleanup_(binder_done)
                Binder b = { .root = root, .writer = WRITER_OF(root), .status = EXIT_SUCCESS };

        for (size_t i = 0; early && i < slots->n; i++)
                take_slot(&b, slots->items + i);
        if (early)
                tell_ready();
        for (size_t i = 0; i < slots->n; i++)
                if (!early || slots->items[i].taken)
                        bind_slot(&b, slots->items + i);
        return b.status;
}

static int out_of_memory(void)
{
        log_error("out of memory: nothing is bound");
        return EXIT_FAILURE;
}

/* A function that is plugged in has an event of its own, and so its slot may have several binders. Who
 * does not get the lock leaves the slot to the one that has it. */
static int wait_for_others(Root *root, int *ret_lock)
{
        pid_t holder = 0;
        int r = host_lock(root, LOCK_OF_BINDING, BINDING_TIMEOUT, ret_lock, &holder);

        if (r != -EBUSY) {
                if (r < 0)
                        log_warning("cannot lock /" LOCK_FOLDER "/" LOCK_OF_BINDING ": %s",
                                    strerror(-r));
                return 0;
        }
        log_error(
                "process %d has been binding devices for too long: nothing is bound here; when it "
                "has ended, run /usr/lib/gpuhost/gpuhost-bind",
                (int)holder);
        return r;
}

static int bind_planned(const BindArguments *arguments, Root *root, const Plan *plan)
{
        _cleanup_slots_ SlotList slots = {};
        _cleanup_close_ int lock = -EBADF;
        int status, r = slots_from_plan(plan, STEP_BIND, STEP_NOW,
                                        arguments->has_device ? &arguments->device : NULL, &slots);

        if (r < 0)
                return out_of_memory();
        if (arguments->list || arguments->dry_run) {
                report_intentions(root, &slots, arguments->list);
                return EXIT_SUCCESS;
        }
        if (wait_for_others(root, &lock) < 0)
                return EXIT_FAILURE;
        /* An initramfs has udev wait for its scripts, not for what they tell. */
        status = bind_slots(root, &slots, !arguments->initrd && !arguments->has_device);
        report_successes(&slots);
        r = record_write(arguments, root, &slots, &plan->findings);
        if (r < 0)
                log_warning("cannot write /run/gpuhost: %s", strerror(-r));
        return status;
}

/* In an initramfs nobody has mounted it yet. */
static void mount_variables(Root *root)
{
        char *command = NULL;

        if (!root_is_host(root) || !root_exists(root, "sys/firmware/efi"))
                return;
        (void)!module_load("efivarfs", &command);
        free(command);
        (void)mount("efivarfs", "/sys/firmware/efi/efivars", "efivarfs",
                    MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

/* Before anything is bound. What can't be counted must not be what keeps a host from coming up: so in an
 * initramfs nothing is bound then. */
static bool counted_out(const BindArguments *arguments, Root *root)
{
        bool disarmed = false;
        int r;

        if (arguments->initrd)
                mount_variables(root);
        r = boot_watchdog_count(root, &disarmed);
        if (r < 0)
                log_warning("cannot count this boot in the firmware: %s", strerror(-r));
        if (disarmed)
                log_warning("boots in a row did not come up, so gpuhost is off (disarmed): "
                            "gpuhost rearm, then reboot");
        return disarmed || (r < 0 && arguments->initrd);
}

/* An initramfs gets a binder only where somebody counts boots. */
static bool is_watched(Root *root, const Config *config)
{
        static const MachineWants nothing = {};
        _cleanup_machine_ Machine m = {};

        if (loader_read(root, &nothing, &m) < 0)
                return false;
        return m.boot_loader.watchdog.kind == BOOT_WATCHDOG_EFI ||
               (m.boot_loader.watchdog.kind == BOOT_WATCHDOG_GRUBENV &&
                config->host.kernel_arguments.manage);
}

static int bind_configured(const BindArguments *arguments, Root *root, const Config *config)
{
        _cleanup_machine_wants_ MachineWants wants = {};
        _cleanup_machine_ Machine machine = {};
        _cleanup_plan_ Plan plan = {};
        int status;

        if (plan_wants(config, &wants) < 0 || machine_read_early(root, &wants, &machine) < 0)
                return out_of_memory();
        if (arguments->list)
                machine.disarmed = false;
        if (machine.disarmed) {
                log_notice("gpuhost is off for this boot: nothing is bound");
                return EXIT_SUCCESS;
        }
        if (arguments->list && !is_watched(root, config)) {
                log_notice("nobody counts boots that do not come up (watchdog-none), so nothing is "
                           "bound in an initramfs");
                return EXIT_SUCCESS;
        }
        if (!arguments->list && !arguments->dry_run && !arguments->has_device &&
            counted_out(arguments, root))
                return EXIT_SUCCESS;
        if (plan_build(config, &machine, PLAN_BOOT, &plan) < 0)
                return out_of_memory();
        status = bind_planned(arguments, root, &plan);
        /* For one device, what is wrong with others was said at boot. */
        if (arguments->has_device || arguments->list || !report_findings(&plan))
                return status;
        return EXIT_FAILURE;
}

int bind_run(const BindArguments *arguments, Root *root)
{
        _cleanup_config_ Config config = {};
        _cleanup_diag_ Diag diag = {};
        char name[DRIVER_NAME_MAX];
        int r;

        if (arguments->load)
                return driver_load(root, arguments->load, name) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        r = config_load(root, CONFIG_HOST_ONLY, &config, &diag);
        if (r < 0) {
                log_error("cannot read the configuration: %s: nothing is bound", strerror(-r));
                return EXIT_FAILURE;
        }
        report_diag(&diag);
        if (!config.host_valid) {
                log_error("host.d has an error: nothing is bound");
                return EXIT_CONFIG;
        }
        return config.host.declared ? bind_configured(arguments, root, &config) : EXIT_SUCCESS;
}
