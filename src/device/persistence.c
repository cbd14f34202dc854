// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/persistence.h"

#include "device/bind.h"

static int add_words(StrList *list, const char *const words[])
{
        int r = 0;

        for (; r >= 0 && *words; words++)
                r = str_list_add(list, *words);
        return r;
}

int persistence_commands(Root *root, PciAddress gpu, StrList *off, StrList *on)
{
        char driver[DRIVER_NAME_MAX], address[PCI_ADDRESS_MAX];
        int r = function_driver(root, gpu, driver);

        if (r < 0 || !streq(driver, "nvidia") ||
            !root_exists(root, "run/nvidia-persistenced/socket") ||
            !root_exists(root, "usr/bin/nvidia-smi"))
                return 0;
        pci_address_format(gpu, address);
        r = add_words(off, (const char *const[]){ "/usr/bin/nvidia-smi", "-i", address, "-pm", "0",
                                                  NULL });
        if (r >= 0)
                r = add_words(on, (const char *const[]){ "/usr/bin/nvidia-smi", "-i", address,
                                                         "-pm", "1", NULL });
        return r < 0 ? r : 1;
}
