// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bind/driver.h"

#include "device/module.h"
#include "util/log.h"

void driver_list_done(DriverList *list)
{
        free(list->items);
        *list = (DriverList){};
}

/* By a softdep of vfio. A foreign initramfs may have had the one and not the other. */
static void load_companion(Root *root, const char *wanted)
{
        _cleanup_free_ char *command = NULL;

        if (strstr(wanted, "vfio") && !root_exists(root, "sys/module/vfio_iommu_type1"))
                (void)!module_load("vfio_iommu_type1", &command);
}

static void report(const char *wanted, const char *command, int error)
{
        if (command)
                log_error("modprobe.d has another program load %s: '%s'. It is not run; remove "
                          "that install line",
                          wanted, command);
        else
                log_error("cannot load driver %s: %s", wanted,
                          error == -ENOENT ? "this kernel has none of that name"
                                           : strerror(-error));
}

int driver_load(Root *root, const char *wanted, char ret_name[static DRIVER_NAME_MAX])
{
        _cleanup_free_ char *command = NULL;
        int loaded = 0, r = driver_find(root, wanted, ret_name);

        if (root_is_host(root)) {
                if (r < 0)
                        loaded = module_load(wanted, &command);
                load_companion(root, wanted);
                /* Whatever loading said: where the driver is there, all is well. */
                if (r < 0)
                        r = driver_find(root, wanted, ret_name);
        }
        if (r >= 0)
                return 0;
        r = loaded < 0 ? loaded : -ENOENT;
        report(wanted, command, r);
        return r;
}

/* Borrowed until the next one is added; NULL when memory is short. */
static const Driver *find_or_load(Root *root, DriverList *list, const char *wanted)
{
        Driver driver = { .wanted = wanted };

        for (size_t i = 0; i < list->n; i++)
                if (streq(list->items[i].wanted, wanted))
                        return list->items + i;
        if (!GROW(list->items, list->n))
                return NULL;
        driver.result = driver_load(root, wanted, driver.name);
        list->items[list->n] = driver;
        return list->items + list->n++;
}

int drivers_load(Root *root, DriverList *list, Slot *slot)
{
        for (size_t i = 0; i < slot->n; i++) {
                const Driver *driver = find_or_load(root, list, slot->functions[i].driver);

                if (!driver)
                        return -ENOMEM;
                if (driver->result < 0)
                        return driver->result;
                memcpy(slot->drivers[i], driver->name, sizeof(driver->name));
        }
        for (size_t i = 0; i < slot->n; i++)
                slot->functions[i].driver = slot->drivers[i];
        return 0;
}
