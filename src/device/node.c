// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/node.h"

#include <limits.h>

#include "device/bind.h"
#include "util/parse.h"

enum {
        MAX_DEPTH = 24, /* hubs behind hubs behind a USB controller; sysfs has no loops */
};

void device_node_list_done(DeviceNodeList *list)
{
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i].name);
        free(list->items);
        *list = (DeviceNodeList){};
}

int device_node_add(DeviceNodeList *list, const char *name, uint32_t major, uint32_t minor,
                    bool block)
{
        DeviceNode node = { .name = strdup(name), .major = major, .minor = minor, .block = block };

        if (!node.name || !GROW(list->items, list->n)) {
                free(node.name);
                return -ENOMEM;
        }
        list->items[list->n++] = node;
        return 0;
}

/* "226:0" */
static int parse_numbers(char *s, uint32_t *ret_major, uint32_t *ret_minor)
{
        char *colon = strchr(s, ':');
        uint64_t major, minor;
        int r;

        if (!colon)
                return -EINVAL;
        *colon = '\0';
        r = parse_u64(s, &major);
        if (r >= 0)
                r = parse_u64(colon + 1, &minor);
        if (r < 0 || major > UINT32_MAX || minor > UINT32_MAX)
                return -EINVAL;
        *ret_major = (uint32_t)major;
        *ret_minor = (uint32_t)minor;
        return 0;
}

/* The name below /dev, where it is another than the folder's: "dri/card0" of "card0". */
static const char *node_name(const RootDir *dir, char *buf, size_t size)
{
        const char *slash = strrchr(dir->path, '/');

        if (root_dir_read(dir, "uevent", buf, size) >= 0)
                for (char *line = strtok(buf, "\n"); line; line = strtok(NULL, "\n")) {
                        const char *name = startswith(line, "DEVNAME=");

                        if (name)
                                return name;
                }
        return slash ? slash + 1 : dir->path;
}

/* What is no device: attribute that is absent or makes no sense. */
static int add_if_node(const RootDir *dir, DeviceNodeList *list)
{
        char numbers[32], target[PATH_MAX], uevent[4096];
        uint32_t major, minor;
        bool block;

        if (root_dir_read(dir, "dev", numbers, sizeof(numbers)) < 0 ||
            parse_numbers(numbers, &major, &minor) < 0)
                return 0;
        block = root_dir_read_link(dir, "subsystem", target, sizeof(target)) >= 0 &&
                endswith(target, "/block");
        return device_node_add(list, node_name(dir, uevent, sizeof(uevent)), major, minor, block);
}

static int add_below(const RootDir *dir, DeviceNodeList *list, unsigned depth)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_dir_list(dir, &names);

        if (r < 0)
                return r == -ENOMEM ? r : 0; /* gone meanwhile */
        for (size_t i = 0; i < names.n; i++) {
                _cleanup_root_dir_ RootDir below = ROOT_DIR_NONE;
                PciAddress ignored;

                /* What is behind a bridge, or a VF, is a function of its own. */
                if (pci_address_parse(names.items[i], &ignored) >= 0)
                        continue;
                r = root_dir_open_at(dir, names.items[i], &below);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        continue; /* a file or a link */
                r = add_if_node(&below, list);
                if (r >= 0 && depth < MAX_DEPTH)
                        r = add_below(&below, list, depth + 1);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_vfio_group(Root *root, const RootDir *device, DeviceNodeList *list)
{
        char target[PATH_MAX], path[PATH_MAX], name[32];
        uint32_t major, minor;
        const char *number;

        if (root_dir_read_link(device, "iommu_group", target, sizeof(target)) < 0)
                return 0;
        number = strrchr(target, '/');
        number = number ? number + 1 : target;
        if (strlen(number) > 10)
                return 0;
        (void)snprintf(path, sizeof(path), "sys/class/vfio/%.10s/dev", number);
        (void)snprintf(name, sizeof(name), "vfio/%.10s", number);
        if (root_read(root, path, target, sizeof(target)) < 0 ||
            parse_numbers(target, &major, &minor) < 0)
                return 0;
        return device_node_add(list, name, major, minor, false);
}

/* NVIDIA's nodes are made by its own tools and stand nowhere in sysfs. */
typedef struct NvidiaScan {
        bool found;
        uint64_t minor;
} NvidiaScan;

static int nvidia_line(void *userdata, char *line, unsigned number)
{
        NvidiaScan *scan = userdata;
        const char *value = startswith(line, "Device Minor:");

        if (!value)
                return 0;
        value += strspn(value, " \t");
        scan->found = parse_u64(value, &scan->minor) >= 0 && scan->minor < 256;
        return 1;
}

static int add_nvidia(Root *root, PciAddress address, DeviceNodeList *list)
{
        char text[PCI_ADDRESS_MAX], path[96], name[32];
        NvidiaScan scan = {};

        (void)snprintf(path, sizeof(path), "proc/driver/nvidia/gpus/%s/information",
                       pci_address_format(address, text));
        if (root_scan(root, path, 0, nvidia_line, &scan) < 0 || !scan.found)
                return 0;
        (void)snprintf(name, sizeof(name), "nvidia%u", (unsigned)scan.minor);
        return device_node_add(list, name, NVIDIA_MAJOR, (uint32_t)scan.minor, false);
}

int device_nodes_add(Root *root, PciAddress address, DeviceNodeList *list)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        char text[PCI_ADDRESS_MAX], path[96];
        int r;

        (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s",
                       pci_address_format(address, text));
        r = root_dir_open(root, path, &dir);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        r = add_below(&dir, list, 0);
        if (r >= 0)
                r = add_vfio_group(root, &dir, list);
        return r < 0 ? r : add_nvidia(root, address, list);
}
