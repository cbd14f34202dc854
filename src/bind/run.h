// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/pci.h"
#include "util/root.h"

typedef struct BindArguments {
        const char *root;
        bool initrd, kmsg, dry_run, list;
        bool has_device;
        PciAddress device;
        const char *load; /* a driver that is wanted, and nothing else; NULL: bind */
} BindArguments;

/* Binds what is declared. Says what went wrong, and returns the exit code for it. */
int bind_run(const BindArguments *arguments, Root *root);
