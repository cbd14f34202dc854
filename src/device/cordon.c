// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/cordon.h"

#include "util/atomic.h"
#include "util/str.h"

int cordon_mark(Root *root, PciAddress a, const char *why)
{
        char path[sizeof(CORDON_FOLDER "/") + PCI_ADDRESS_MAX], address[PCI_ADDRESS_MAX];
        _cleanup_free_ char *line = format_string("%s\n", why);

        (void)snprintf(path, sizeof(path), CORDON_FOLDER "/%s", pci_address_format(a, address));
        return line ? root_write_atomic(root, path, line, strlen(line), 0644) : -ENOMEM;
}
