// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pci-function.h"

#include "host/attributes.h"
#include "host/vgpu.h"
#include "util/parse.h"

enum { MAX_NUMA_NODE = 65535, MAX_VFS = 65535, MAX_DRM_NODES = 256, MAX_CONNECTORS = 256 };

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
        if (attributes_hex(a, "revision", 2, &value))
                d->revision = (uint8_t)value;
}

static void read_numbers(const Attributes *a, PciDevice *d)
{
        uint64_t value;
        char buf[32];
        bool flag;

        if (attributes_read(a, "numa_node", buf, sizeof(buf)) && !streq(buf, "-1")) {
                int r = parse_u64(buf, &value);

                if (r < 0 || value > MAX_NUMA_NODE)
                        attributes_note(a, "numa_node", r < 0 ? r : -ERANGE);
                else
                        d->numa_node = (int32_t)value;
        }
        if (attributes_flag(a, "d3cold_allowed", &flag))
                d->d3cold_allowed = flag;
        if (attributes_number(a, "sriov_totalvfs", MAX_VFS, &value))
                d->sriov_total = (uint32_t)value;
        if (d->sriov_total > 0 && attributes_number(a, "sriov_numvfs", MAX_VFS, &value))
                d->sriov_vfs = (uint32_t)value;
        if (d->class == PCI_CLASS_VGA)
                (void)attributes_flag(a, "boot_vga", &d->boot_vga);
}

static int read_words(const Attributes *a, PciDevice *d)
{
        const struct {
                const char *name;
                char **value;
        } rows[] = {
                { "driver_override", &d->driver_override },
                { "reset_method",    &d->reset_methods   },
                { "power_state",     &d->power_state     },
                { "serial_number",   &d->serial          },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                int r = attributes_word(a, rows[i].name, rows[i].value);

                if (r < 0)
                        return r;
        }
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

/* One line of `resource`: "0xSTART 0xEND 0xFLAGS". An end of zero means that there is no such BAR. */
static int parse_bar(char *line, uint64_t *ret_size)
{
        uint64_t values[3];
        char *p = line;

        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
                char *word = strsep(&p, " ");
                const char *digits = word ? startswith(word, "0x") : NULL;

                if (!digits || parse_hex(digits, 16, values + i) < 0)
                        return -EINVAL;
        }
        if (p)
                return -EINVAL;
        if (values[1] < values[0] || values[1] - values[0] == UINT64_MAX)
                return -ERANGE;
        *ret_size = values[1] ? values[1] - values[0] + 1 : 0;
        return 0;
}

static void read_bars(const Attributes *a, PciDevice *d)
{
        uint64_t sizes[PCI_N_BARS] = {};
        char buf[ATTRIBUTE_MAX + 1], *p = buf;

        if (!attributes_read(a, "resource", buf, sizeof(buf)))
                return;
        for (unsigned i = 0; i < PCI_N_BARS; i++) {
                char *line = strsep(&p, "\n");
                int r = line ? parse_bar(line, sizes + i) : -EINVAL;

                if (r < 0) {
                        attributes_note(a, "resource", r);
                        return;
                }
        }
        memcpy(d->bar_sizes, sizes, sizeof(sizes));
}

static int read_connectors(const Attributes *a, const char *card, PciDevice *d)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};
        int r = root_dir_open_at(a->dir, card, &dir);

        if (r >= 0)
                r = root_dir_list_prefix(&dir, "card", &names);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n && i < MAX_CONNECTORS; i++) {
                _cleanup_root_dir_ RootDir connector = ROOT_DIR_NONE;
                char status[32];

                if (root_dir_open_at(&dir, names.items[i], &connector) >= 0 &&
                    root_dir_read(&connector, "status", status, sizeof(status)) >= 0 &&
                    streq(status, "connected"))
                        d->n_connected++;
        }
        /* Linux 7.x; it is absent from all cards but the one. */
        (void)attributes_flag(&(Attributes){ &dir, a->trouble }, "boot_display", &d->boot_display);
        return 0;
}

static int read_drm(const Attributes *a, PciDevice *d)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};
        int r = root_dir_open_at(a->dir, "drm", &dir);

        if (r >= 0)
                r = root_dir_list(&dir, &names);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n && i < MAX_DRM_NODES; i++) {
                const char *name = names.items[i];
                bool is_card = startswith(name, "card");

                if (!text_is_plain(name, "") || (!is_card && !startswith(name, "renderD")))
                        continue;
                r = str_list_add(&d->drm_nodes, name);
                if (r >= 0 && is_card)
                        r = read_connectors(&(Attributes){ &dir, a->trouble }, name, d);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_all_of(const Attributes *a, PciDevice *d)
{
        int r;

        read_ids(a, d);
        read_numbers(a, d);
        read_bars(a, d);
        r = read_words(a, d);
        if (r >= 0)
                r = read_links(a, d);
        if (r < 0 || !pci_device_is_gpu(d))
                return r;
        r = read_drm(a, d);
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
        return read_all_of(a, d);
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
