// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pci-details.h"

#include "host/attributes.h"
#include "util/parse.h"

enum { MAX_DRM_NODES = 256, MAX_CONNECTORS = 256 };

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

static int read_words(const Attributes *a, PciDevice *d)
{
        int r = attributes_word(a, "reset_method", &d->reset_methods);

        return r < 0 ? r : attributes_word(a, "power_state", &d->power_state);
}

static int read_details(const Attributes *a, PciDevice *d)
{
        uint64_t revision;
        bool flag;

        if (attributes_hex(a, "revision", 2, &revision))
                d->revision = (uint8_t)revision;
        if (attributes_flag(a, "d3cold_allowed", &flag))
                d->d3cold_allowed = flag;
        read_bars(a, d);
        return read_words(a, d);
}

static int add_trouble(PciDevice *d, StrBuf *trouble)
{
        char *both;

        if (!trouble->failed && trouble->len == 0)
                return 0;
        both = d->trouble ? format_string("%s, %s", d->trouble, str_buf_get(trouble))
                          : strdup(str_buf_get(trouble));
        if (!both || trouble->failed) {
                free(both);
                return -ENOMEM;
        }
        free(d->trouble);
        d->trouble = both;
        return 0;
}

static int read_device(Root *root, PciDevice *d)
{
        char path[sizeof("sys/bus/pci/devices/") + PCI_ADDRESS_MAX], address[PCI_ADDRESS_MAX];
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_buf_ StrBuf trouble = {};
        Attributes a = { .dir = &dir, .trouble = &trouble };
        int r;

        if (!d->path) /* its trouble is told already */
                return 0;
        (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s",
                       pci_address_format(d->address, address));
        r = root_dir_open(root, path, &dir);
        if (r < 0)
                return r == -ENOMEM ? r : 0; /* likewise, or it has gone since */
        r = read_details(&a, d);
        if (r >= 0 && pci_device_is_gpu(d))
                r = read_drm(&a, d);
        return r < 0 ? r : add_trouble(d, &trouble);
}

/* The attribute is absent where no method works, and with kernels before 5.15. One that has it for any
 * device would have it for a GPU too. */
static int tell_resets_apart(Machine *m)
{
        bool told = false;

        for (size_t i = 0; i < m->n_devices; i++)
                told |= m->devices[i].reset_methods != NULL;
        for (size_t i = 0; told && i < m->n_devices; i++) {
                PciDevice *d = m->devices + i;

                if (!pci_device_is_gpu(d) || d->reset_methods ||
                    (d->trouble && strstr(d->trouble, "reset_method")))
                        continue;
                d->reset_methods = strdup("");
                if (!d->reset_methods)
                        return -ENOMEM;
        }
        return 0;
}

int pci_details_read(Root *root, const MachineWants *wants, Machine *m)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < m->n_devices; i++)
                r = m->devices[i].stuck ? 0 : read_device(root, m->devices + i);
        return r < 0 ? r : tell_resets_apart(m);
}
