// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pci-function.h"

#include "host/attributes.h"
#include "host/vgpu.h"
#include "util/parse.h"

enum { MAX_NUMA_NODE = 65535, MAX_VFS = 65535 };

int pci_class_parse(const char *s, uint16_t *ret_class, uint8_t *ret_interface)
{
        const char *digits = startswith(s, "0x");
        uint64_t value;
        int r = digits ? parse_hex(digits, 6, &value) : -EINVAL;

        if (r < 0)
                return r;
        *ret_class = (uint16_t)(value >> 8);
        *ret_interface = (uint8_t)value;
        return 0;
}

const char *pci_link_path(const char *target, const char *name)
{
        const char *last, *path;

        while (startswith(target, "../"))
                target += 3;
        path = startswith(target, "devices/");
        if (!path || strstr(path, "/../") || !text_is_plain(path, ""))
                return NULL;
        last = strrchr(path, '/');
        return last && streq(last + 1, name) ? path : NULL;
}

static void read_ids(const Attributes *a, PciDevice *d)
{
        const struct {
                const char *name;
                size_t digits;
                uint16_t *value;
        } rows[] = {
                { "vendor",           4, &d->id.vendor        },
                { "device",           4, &d->id.device        },
                { "subsystem_vendor", 4, &d->subsystem.vendor },
                { "subsystem_device", 4, &d->subsystem.device },
        };
        uint64_t value;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (attributes_hex(a, rows[i].name, rows[i].digits, &value))
                        *rows[i].value = (uint16_t)value;
}

static void read_numbers(const Attributes *a, PciDevice *d)
{
        uint64_t value;
        char buf[32];

        if (attributes_read(a, "numa_node", buf, sizeof(buf)) && !streq(buf, "-1")) {
                int r = parse_u64(buf, &value);

                if (r < 0 || value > MAX_NUMA_NODE)
                        attributes_note(a, "numa_node", r < 0 ? r : -ERANGE);
                else
                        d->numa_node = (int32_t)value;
        }
        if (d->class == PCI_CLASS_VGA)
                (void)attributes_flag(a, "boot_vga", &d->boot_vga);
        if (!pci_device_is_gpu(d))
                return;
        if (attributes_number(a, "sriov_totalvfs", MAX_VFS, &value))
                d->sriov_total = (uint32_t)value;
        if (d->sriov_total > 0 && attributes_number(a, "sriov_numvfs", MAX_VFS, &value))
                d->sriov_vfs = (uint32_t)value;
}

static int read_override(const Attributes *a, PciDevice *d)
{
        int r = attributes_word(a, "driver_override", &d->driver_override);

        if (r < 0)
                return r;
        if (d->driver_override && (!*d->driver_override || streq(d->driver_override, "(null)"))) {
                free(d->driver_override);
                d->driver_override = NULL;
        }
        return 0;
}

static int read_links(const Attributes *a, PciDevice *d)
{
        char name[256];
        uint64_t group;

        if (attributes_link(a, "driver", name, sizeof(name))) {
                d->driver = strdup(name);
                if (!d->driver)
                        return -ENOMEM;
        }
        if (attributes_link(a, "iommu_group", name, sizeof(name))) {
                int r = parse_u64(name, &group);

                if (r < 0 || group > INT32_MAX)
                        attributes_note(a, "iommu_group", r < 0 ? r : -ERANGE);
                else
                        d->iommu_group = (int32_t)group;
        }
        /* A group alone proves nothing: a mediated device brings a made-up one along. */
        d->has_iommu = attributes_link(a, "iommu", name, sizeof(name));
        if (attributes_link(a, "physfn", name, sizeof(name))) {
                d->is_vf = pci_address_parse(name, &d->physfn) >= 0;
                if (!d->is_vf)
                        attributes_note_text(a, "physfn", "not a PCI address");
        }
        return 0;
}

/* Its driver does not come back from a write, and who reads what the driver or the core locks waits as
 * well. Ids and links need no lock. */
static bool is_stuck(const RootDir *dir, const PciDevice *d)
{
        char path[sizeof("run/gpuhost/stuck/") + PCI_ADDRESS_MAX], address[PCI_ADDRESS_MAX];

        (void)snprintf(path, sizeof(path), "run/gpuhost/stuck/%s",
                       pci_address_format(d->address, address));
        return root_exists(dir->root, path);
}

/* Not of a device's own making, but said of it by whoever had it last. */
static int read_cordon(const RootDir *dir, PciDevice *d)
{
        char path[sizeof("run/gpuhost/cordoned/") + PCI_ADDRESS_MAX], address[PCI_ADDRESS_MAX];
        char why[ATTRIBUTE_MAX];
        int r;

        (void)snprintf(path, sizeof(path), "run/gpuhost/cordoned/%s",
                       pci_address_format(d->address, address));
        r = root_read(dir->root, path, why, sizeof(why));
        if (r == -ENOENT)
                return 0;
        /* That it is cordoned counts, whatever the words. */
        return free_and_strdup(&d->cordoned, r >= 0 && *why && text_is_plain(why, "")
                                                     ? why
                                                     : "for a reason that cannot be read");
}

static int read_attributes(const Attributes *a, PciDevice *d)
{
        int r;

        read_ids(a, d);
        r = read_cordon(a->dir, d);
        if (r < 0)
                return r;
        d->stuck = is_stuck(a->dir, d);
        if (d->stuck) {
                attributes_note_text(a, "driver", "does not come back, so it is not asked");
                return read_links(a, d);
        }
        read_numbers(a, d);
        r = read_override(a, d);
        if (r >= 0)
                r = read_links(a, d);
        if (r < 0 || !pci_device_is_gpu(d))
                return r;
        r = attributes_word(a, "serial_number", &d->serial);
        if (r >= 0)
                r = mdev_types_read(a, &d->mdev_types);
        if (r >= 0)
                r = vgpu_types_read(a, d);
        return r;
}

static int read_path(const RootDir *bus, const Attributes *a, const char *name, PciDevice *d)
{
        char target[4096];
        const char *path;

        if (root_dir_read_link(bus, name, target, sizeof(target)) < 0)
                return 0; /* opening the folder says why */
        path = pci_link_path(target, name);
        if (!path) {
                attributes_note_text(a, "device", "a link that makes no sense");
                return 0;
        }
        d->path = strdup(path);
        return d->path ? 0 : -ENOMEM;
}

static int read_device(const RootDir *bus, const Attributes *a, RootDir *dir, PciDevice *d)
{
        char name[PCI_ADDRESS_MAX], path[sizeof("sys/bus/pci/devices/") + PCI_ADDRESS_MAX];
        int r;

        pci_address_format(d->address, name);
        r = read_path(bus, a, name, d);
        if (r < 0 || !d->path)
                return r;
        (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", name);
        r = root_dir_open(bus->root, path, dir);
        if (r < 0) {
                attributes_note(a, "device", r);
                return r == -ENOMEM ? r : 0;
        }
        return read_attributes(a, d);
}

int pci_function_read(const RootDir *bus, const PciFunction *function, PciDevice *ret)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_buf_ StrBuf trouble = {};
        Attributes a = { .dir = &dir, .trouble = &trouble };
        PciDevice d = {
                .address = function->address,
                .class = function->class,
                .interface = function->interface,
                .iommu_group = -1,
                .numa_node = -1,
                .d3cold_allowed = -1,
        };
        int r;

        if (function->class_error < 0)
                attributes_note(&a, "class", function->class_error);
        r = read_device(bus, &a, &dir, &d);
        if (r >= 0 && (trouble.failed || trouble.len > 0)) {
                d.trouble = str_buf_take(&trouble);
                if (!d.trouble)
                        r = -ENOMEM;
        }
        if (r < 0) {
                pci_device_done(&d);
                return r;
        }
        *ret = d;
        return 0;
}
