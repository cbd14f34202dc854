// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/firmware.h"

#include <fnmatch.h>

static bool is_for_machine(const FirmwareDescriptor *d, const char *machine)
{
        for (size_t i = 0; i < d->machines.n; i++)
                if (fnmatch(d->machines.items[i], machine, 0) == 0)
                        return true;
        return false;
}

static bool enforces(const FirmwareDescriptor *d)
{
        return d->secure_boot && d->enrolled_keys && (d->requires_smm || !d->vars);
}

static bool knows_nothing_of_it(const FirmwareDescriptor *d)
{
        return !d->secure_boot && !d->enrolled_keys;
}

static bool lets_all_boot(const FirmwareDescriptor *d)
{
        return !d->enrolled_keys;
}

static const FirmwareDescriptor *first(const FirmwareList *list, const char *machine,
                                       bool (*suits)(const FirmwareDescriptor *d))
{
        for (size_t i = 0; i < list->n; i++)
                if (is_for_machine(list->items + i, machine) && suits(list->items + i))
                        return list->items + i;
        return NULL;
}

const FirmwareDescriptor *firmware_choose(const FirmwareList *list, const Firmware *wanted,
                                          unsigned qemu_major, unsigned qemu_minor)
{
        const FirmwareDescriptor *plain;
        char machine[64];

        (void)snprintf(machine, sizeof(machine), "pc-q35-%u.%u", qemu_major, qemu_minor);
        if (wanted->secure_boot)
                return first(list, machine, enforces);
        plain = first(list, machine, knows_nothing_of_it);
        return plain ? plain : first(list, machine, lets_all_boot);
}
