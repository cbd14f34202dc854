// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/driver-use.h"

#include "device/bind.h"
#include "util/parse.h"

/* Nodes of every device that the driver has: their users' references are on the same module. */
static int read_nodes(Root *root, DriverUse *use)
{
        _cleanup_free_ char *path = format_string("sys/bus/pci/drivers/%s", use->driver);
        _cleanup_str_list_ StrList names = {};
        int r = path ? root_list(root, path, &names) : -ENOMEM;

        for (size_t i = 0; r >= 0 && i < names.n; i++) {
                PciAddress a;

                if (pci_address_parse(names.items[i], &a) >= 0)
                        r = device_nodes_add(root, a, &use->nodes);
        }
        return r;
}

static int read_counts(Root *root, DriverUse *use)
{
        _cleanup_free_ char *path = format_string("sys/module/%s/refcnt", use->module);
        _cleanup_free_ char *holders = format_string("sys/module/%s/holders", use->module);
        _cleanup_str_list_ StrList names = {};
        char text[32];
        int r;

        if (!path || !holders)
                return -ENOMEM;
        r = root_read(root, path, text, sizeof(text));
        if (r >= 0)
                r = parse_u64(text, &use->references);
        if (r < 0)
                return r;
        r = root_list(root, holders, &names);
        if (r < 0 && r != -ENOENT)
                return r;
        use->dependents = names.n;
        return 0;
}

static int module_of(Root *root, const char *driver, char **ret)
{
        _cleanup_free_ char *path = format_string("sys/bus/pci/drivers/%s/module", driver);
        _cleanup_free_ char *target = NULL;
        const char *slash;
        int r = path ? root_read_link(root, path, &target) : -ENOMEM;

        if (r < 0)
                return r;
        slash = strrchr(target, '/');
        *ret = strdup(slash ? slash + 1 : target);
        return *ret ? 0 : -ENOMEM;
}

/* NVIDIA's users hold these as well, whichever card they mean. */
static int add_common_nodes(DriverUse *use)
{
        int r = 0;

        if (streq(use->driver, "nvidia")) {
                r = device_node_add(&use->nodes, "nvidiactl", NVIDIA_MAJOR, 255, false);
                if (r >= 0)
                        r = device_node_add(&use->nodes, "nvidia-modeset", NVIDIA_MAJOR, 254,
                                            false);
        }
        return r;
}

static int read_use(Root *root, const char *driver, DriverUse *use)
{
        int r;

        use->driver = strdup(driver);
        if (!use->driver)
                return -ENOMEM;
        r = module_of(root, driver, &use->module);
        if (r >= 0)
                r = read_counts(root, use);
        if (r >= 0)
                r = read_nodes(root, use);
        return r < 0 ? r : add_common_nodes(use);
}

static bool known(const DriverUse *uses, size_t n, const char *driver)
{
        for (size_t i = 0; i < n; i++)
                if (streq(uses[i].driver, driver))
                        return true;
        return false;
}

static void forget(DriverUse *use)
{
        free(use->driver);
        free(use->module);
        device_node_list_done(&use->nodes);
        *use = (DriverUse){};
}

void driver_uses_free(DriverUse *uses, size_t n)
{
        for (size_t i = 0; i < n; i++)
                forget(uses + i);
        free(uses);
}

int driver_uses_read(Root *root, const PciAddress *functions, size_t n, DriverUse **ret,
                     size_t *ret_n)
{
        DriverUse *uses = calloc(n ? n : 1, sizeof(DriverUse));
        size_t found = 0;

        if (!uses)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                char driver[DRIVER_NAME_MAX] = "";
                int r = function_driver(root, functions[i], driver);

                if (r < 0 || !driver[0] || strstr(driver, "vfio") || known(uses, found, driver))
                        continue;
                r = read_use(root, driver, uses + found);
                if (r == -ENOMEM) {
                        driver_uses_free(uses, found + 1);
                        return r;
                }
                if (r >= 0)
                        found++;
                else
                        forget(uses + found); /* built in: nobody counts */
        }
        *ret = uses;
        *ret_n = found;
        return 0;
}
