// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "boot/boot.h"

/* What boots a machine, one a kind; see boot_arguments_work(). */
typedef struct BootLoaderSpec {
        int (*arguments_work)(Root *root, const Machine *machine, const StrList *arguments,
                              BootWork *work);
} BootLoaderSpec;

/* NULL: none of those we write for, as boot_loader_is_written() has it. */
const BootLoaderSpec *boot_loader_spec(BootLoaderKind kind) _pure_;

/* Has a file written, or removed (NULL), unless it is so already. */
int boot_work_want_file(Root *root, const char *path, const char *text, mode_t mode,
                        BootWork *work) _must_check_;

extern const BootLoaderSpec boot_loader_grub, boot_loader_kernel_install, boot_loader_uki;
