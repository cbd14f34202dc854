// SPDX-License-Identifier: LGPL-2.1-or-later
#include "prepare/wait.h"

#include <limits.h>

#include "device/bind.h"
#include "device/lock.h"
#include "device/settle.h"
#include "util/clock.h"
#include "util/fd.h"
#include "util/log.h"

/* Some drivers load firmware for a while. */
enum {
        DRIVER_TIMEOUT = 30 * 1000 * 1000,
        FUNCTION_TIMEOUT = 15 * 1000 * 1000,
        BINDER_TIMEOUT = 60 * 1000 * 1000,
};

void wait_for_binder(Root *root)
{
        _cleanup_close_ int lock = -EBADF;
        pid_t holder = 0;
        int r;

        if (!root_exists(root, LOCK_FOLDER "/" LOCK_OF_BINDING))
                return;
        r = host_lock(root, LOCK_OF_BINDING, BINDER_TIMEOUT, &lock, &holder);

        if (r == -EBUSY)
                log_warning(
                        "gpuhost-bind (process %d) has not ended yet: what it has still to bind "
                        "is not ready",
                        (int)holder);
}

static bool has_driver(Root *root, PciAddress address)
{
        char driver[DRIVER_NAME_MAX];

        return function_driver(root, address, driver) >= 0 && *driver;
}

/* In another tree than the machine's nothing ever happens. */
static bool wait_until(Root *root, PciAddress address, bool (*done)(Root *, PciAddress),
                       uint64_t deadline)
{
        _cleanup_device_watch_ DeviceWatch watch = DEVICE_WATCH_NONE;

        if (!root_is_host(root) || device_watch_open(root, &watch) < 0)
                return done(root, address);
        while (!done(root, address))
                if (device_watch_wait(&watch, deadline) < 0)
                        return done(root, address);
        return true;
}

static bool driver_is_decided(Root *root, PciAddress address)
{
        return has_driver(root, address) || device_settled(root, address);
}

bool wait_for_drivers(Root *root, const Plan *plan)
{
        uint64_t deadline = clock_now_usec() + DRIVER_TIMEOUT;
        bool waited = false;

        for (size_t i = 0; i < plan->n_gpus; i++) {
                const GpuPlan *g = plan->gpus + i;

                if (g->role != ROLE_VGPU || g->device->driver)
                        continue;
                (void)wait_until(root, g->device->address, driver_is_decided, deadline);
                waited = true;
        }
        return waited;
}

static bool functions_initialized(Root *root, PciAddress physfn)
{
        char path[64], address[PCI_ADDRESS_MAX], target[PATH_MAX];
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};

        (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s",
                       pci_address_format(physfn, address));
        if (root_dir_open(root, path, &dir) < 0 || root_dir_list_prefix(&dir, "virtfn", &names) < 0)
                return true;
        for (size_t i = 0; i < names.n; i++) {
                const char *name;
                PciAddress vf;

                if (root_dir_read_link(&dir, names.items[i], target, sizeof(target)) < 0)
                        continue;
                name = strrchr(target, '/');
                if (pci_address_parse(name ? name + 1 : target, &vf) >= 0 &&
                    !device_initialized(root, vf))
                        return false;
        }
        return true;
}

bool wait_for_functions(Root *root, PciAddress physfn)
{
        return !root_is_host(root) ||
               wait_until(root, physfn, functions_initialized, clock_now_usec() + FUNCTION_TIMEOUT);
}
