// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/stuck.h"

#include "util/atomic.h"

enum { STUCK_PATH_MAX = sizeof(STUCK_FOLDER "/") + PCI_ADDRESS_MAX };

static const char *path_of(PciAddress a, char buf[static STUCK_PATH_MAX])
{
        char address[PCI_ADDRESS_MAX];

        (void)snprintf(buf, STUCK_PATH_MAX, STUCK_FOLDER "/%s", pci_address_format(a, address));
        return buf;
}

int stuck_mark(Root *root, PciAddress address)
{
        char path[STUCK_PATH_MAX];

        return root_write_atomic(root, path_of(address, path), "", 0, 0644);
}

bool stuck_is_marked(Root *root, PciAddress address)
{
        char path[STUCK_PATH_MAX];

        return root_exists(root, path_of(address, path));
}
