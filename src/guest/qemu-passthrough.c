// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/qemu.h"

/* What is handed over stands behind root ports: one a slot of the host, its functions together. Drivers
 * look for the audio of a card beside it, and a PCIe device on the root bus has no link. */

enum { IOMMUFD_SINCE = 9 };

static bool same_slot(const StartFunction *a, const StartFunction *b)
{
        return a->slot == b->slot;
}

/*
 * The number that the i-th function has in the guest. The host's, where function 0 goes along: without
 * one nobody looks for the others. Of a slot that gives away less, as with virtual functions, they count
 * from 0.
 */
static unsigned guest_function(const GuestStart *start, size_t i, bool *ret_several)
{
        const StartFunction *functions = start->functions, *own = functions + i;
        bool keeps_numbers = false;
        unsigned before = 0, others = 0;

        for (size_t k = 0; k < start->n_functions; k++) {
                if (!same_slot(functions + k, own))
                        continue;
                keeps_numbers |= !functions[k].sysfsdev && functions[k].address.function == 0;
                before += k < i;
                others += k != i;
        }
        *ret_several = others > 0;
        return keeps_numbers && !own->sysfsdev ? own->address.function : before;
}

static bool is_first_of_slot(const GuestStart *start, size_t i)
{
        for (size_t k = 0; k < i; k++)
                if (same_slot(start->functions + k, start->functions + i))
                        return false;
        return true;
}

static void root_port(Qemu *q, unsigned slot, size_t nth)
{
        Option port = option_begin(&q->words, "-device", "pcie-root-port");

        option_format(&port, "id", "port%u", slot);
        qemu_place(&port, PLACE_PORT, nth);
        option_number(&port, "chassis", nth + 1);
        option_end(&port);
}

static void add_source(Option *device, const StartFunction *function)
{
        char address[PCI_ADDRESS_MAX];

        if (function->fd >= 0)
                option_number(device, "fd", (uint64_t)function->fd);
        else if (function->sysfsdev)
                option_text(device, "sysfsdev", function->sysfsdev);
        else
                option_text(device, "host", pci_address_format(function->address, address));
}

static void function(Qemu *q, size_t i)
{
        const StartFunction *f = q->start->functions + i;
        Option device = option_begin(&q->words, "-device", "vfio-pci");
        bool several;
        unsigned number = guest_function(q->start, i, &several);

        option_format(&device, "id", "vfio%zu", i);
        add_source(&device, f);
        if (q->start->iommufd)
                option_text(&device, "iommufd", "iommufd");
        option_format(&device, "bus", "port%u", f->slot);
        option_format(&device, "addr", "00.%x", number);
        if (number == 0 && several)
                option_switch(&device, "multifunction", true);
        if (f->romfile)
                option_text(&device, "romfile", f->romfile);
        option_end(&device);
}

static void iommufd(Qemu *q)
{
        Option object = option_begin(&q->words, "-object", "iommufd");

        if (q->start->qemu_major < IOMMUFD_SINCE)
                words_fail(&q->words, -EOPNOTSUPP);
        option_text(&object, "id", "iommufd");
        if (q->start->iommufd_fd >= 0)
                option_number(&object, "fd", (uint64_t)q->start->iommufd_fd);
        option_end(&object);
}

void qemu_passthrough(Qemu *q)
{
        size_t ports = 0;

        if (q->start->iommufd)
                iommufd(q);
        for (size_t i = 0; i < q->start->n_functions; i++) {
                if (is_first_of_slot(q->start, i))
                        root_port(q, q->start->functions[i].slot, ports++);
                function(q, i);
        }
}
