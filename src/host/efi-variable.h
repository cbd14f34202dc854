// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/root.h"

#define EFI_VARIABLES "sys/firmware/efi/efivars/"

/* Of the Boot Loader Interface, by which a boot loader and systemd's stub tell of themselves. */
#define EFI_VARIABLE_OF_LOADER(name) EFI_VARIABLES name "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

/* Of UEFI itself: EFI_GLOBAL_VARIABLE. */
#define EFI_VARIABLE_GLOBAL(name) EFI_VARIABLES name "-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* Text, cut where the buffer ends. Characters beyond ASCII become '?'. -EBADMSG: that is none. */
int efi_variable_text(Root *root, const char *path, char *buf, size_t size) _must_check_;

/* The same, and no observer hears of it: for what names one disk of the world. */
int efi_variable_secret_text(Root *root, const char *path, char *buf, size_t size) _must_check_;

/* A variable of one byte that is not 0. */
bool efi_variable_is_true(Root *root, const char *path);
