// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/preflight.h"

#include <fcntl.h>
#include <unistd.h>

#include "host/note.h"
#include "util/fd.h"

/* Who shows the console before there is a driver, as /proc/iomem calls it. */
static const char *const framebuffers[] = {
        "BOOTFB",    "efifb",  "vesafb",  "simplefb", "simple-framebuffer",
        "simpledrm", "efidrm", "vesadrm",
};

/* Suspend of whatever kind begins here. */
#define SLEEP_UNIT "etc/systemd/system/sleep.target"

static bool is_of_a_card(const Machine *m, const PciDevice *d)
{
        for (size_t i = 0; i < m->n_devices; i++)
                if (pci_device_is_gpu(m->devices + i) &&
                    pci_address_same_slot(m->devices[i].address, d->address))
                        return true;
        return false;
}

/* Vendor and device, from the device itself and not from what the kernel has read at its start: all ones
 * where nobody answers. */
static int read_config(Root *root, PciDevice *d)
{
        char path[sizeof("sys/bus/pci/devices//config") + PCI_ADDRESS_MAX];
        char address[PCI_ADDRESS_MAX];
        unsigned char id[4];
        _cleanup_close_ int fd = -EBADF;

        (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/config",
                       pci_address_format(d->address, address));
        fd = root_open_file(root, path, O_RDONLY);
        if (fd < 0 || pread(fd, id, sizeof(id), 0) != (ssize_t)sizeof(id))
                return 0;
        d->dead = id[0] == 0xff && id[1] == 0xff && id[2] == 0xff && id[3] == 0xff;
        return root_tell_excerpt(root, path, (const char *)id, sizeof(id));
}

/* "    e0000000-e0ffffff : 0000:01:00.0", and indented below it who has a part of it. */
typedef struct Iomem {
        Machine *m;
        PciDevice *device; /* the card that is read about */
        size_t indent;
} Iomem;

static PciDevice *card_called(Machine *m, const char *name)
{
        PciAddress address;

        if (pci_address_parse(name, &address) < 0)
                return NULL;
        for (size_t i = 0; i < m->n_devices; i++)
                if (pci_address_equal(m->devices[i].address, address) &&
                    is_of_a_card(m, m->devices + i))
                        return m->devices + i;
        return NULL;
}

static int iomem_line(void *userdata, char *line, unsigned number)
{
        size_t indent = strspn(line, " ");
        char *name = strstr(line, " : ");
        Iomem *io = userdata;
        PciDevice *card;

        if (!name)
                return 0;
        name += strlen(" : ");
        if (io->device && indent <= io->indent)
                io->device = NULL;
        card = card_called(io->m, name);
        if (card) {
                io->device = card;
                io->indent = indent;
                return 1;
        }
        for (size_t i = 0; io->device && i < ARRAY_SIZE(framebuffers); i++)
                if (streq(name, framebuffers[i])) {
                        /* The innermost is the one that has the driver. */
                        int r = free_and_strdup(&io->device->framebuffer, name);

                        return r < 0 ? r : 1;
                }
        return 0;
}

static int read_sleep(Root *root, Machine *m)
{
        _cleanup_free_ char *target = NULL;
        char states[128];
        int r;

        if (root_read(root, "sys/power/state", states, sizeof(states)) < 0 || !*states)
                return 0;
        r = root_read_link(root, SLEEP_UNIT, &target);
        if (r == -ENOMEM)
                return r;
        m->can_sleep = r < 0 || !streq(target, "/dev/null");
        return 0;
}

int preflight_read(Root *root, const MachineWants *wants, Machine *m)
{
        Iomem io = { .m = m };
        int r;

        for (size_t i = 0; i < m->n_devices; i++) {
                r = is_of_a_card(m, m->devices + i) ? read_config(root, m->devices + i) : 0;
                if (r < 0)
                        return r;
        }
        r = root_scan(root, "proc/iomem", 0, iomem_line, &io);
        if (r < 0)
                r = note_unseen(m, "proc/iomem", r);
        return r < 0 ? r : read_sleep(root, m);
}
