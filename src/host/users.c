// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/users.h"

#include "host/attributes.h"
#include "host/note.h"

static PciDevice *find_device(Machine *m, const char *word)
{
        PciAddress address;

        if (pci_address_parse(word, &address) < 0)
                return NULL;
        for (size_t i = 0; i < m->n_devices; i++)
                if (pci_address_equal(m->devices[i].address, address))
                        return m->devices + i;
        return NULL;
}

static int read_line(void *userdata, char *line, unsigned number)
{
        char *use = strchrnul(line, ' '), *who;
        PciDevice *d;
        int value;

        if (*use)
                *use++ = '\0';
        who = strchrnul(use, ' ');
        if (*who)
                *who++ = '\0';
        d = find_device(userdata, line);
        value = enum_from_string(&device_use_table, use);
        if (!d || value < 0 || !text_is_plain(who, " "))
                return 0; /* not written by us */
        d->use = (DeviceUse)value;
        return *who ? free_and_strdup(&d->used_by, who) : 0;
}

int users_read(Root *root, const MachineWants *wants, Machine *m)
{
        int r = root_is_host(root) ? 0 : root_scan(root, USERS_FILE, 0, read_line, m);

        return r < 0 ? note_unseen(m, USERS_FILE, r) : 0;
}

void users_format(const Machine *m, StrBuf *out)
{
        for (size_t i = 0; i < m->n_devices; i++) {
                const PciDevice *d = m->devices + i;
                char address[PCI_ADDRESS_MAX];

                if (d->use == DEVICE_USE_UNKNOWN)
                        continue;
                str_buf_printf(out, "%s %s%s%s\n", pci_address_format(d->address, address),
                               enum_to_string(&device_use_table, (int)d->use),
                               d->used_by ? " " : "", d->used_by ? d->used_by : "");
        }
}
