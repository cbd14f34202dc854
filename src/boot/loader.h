// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "boot/boot.h"

/* What boots a machine, one a kind; see boot_arguments_work(). */
typedef struct BootLoaderSpec {
        int (*arguments_work)(Root *root, const Machine *machine, const StrList *arguments,
                              BootWork *work);
} BootLoaderSpec;

extern const BootLoaderSpec boot_loader_grub;
