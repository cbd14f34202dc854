// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/root.h"

/*
 * The count where no boot loader can keep it: a byte in a variable of the firmware, through efivarfs.
 * gpuhost-bind takes one off before it binds anything; host/watchdog.c reads it.
 */
#define EFI_VARIABLES "sys/firmware/efi/efivars"
#define EFI_COUNTER   EFI_VARIABLES "/GpuhostTries-9c6b6c1e-6f0e-4b44-9f31-5a3a2b1d7c02"

/* -ENOENT: there is none. -EBADMSG: it is no count. */
int efi_counter_read(Root *root, int *ret) _must_check_;

/* BOOT_UNCOUNTED removes it, and that it is not there is fine. Flash wears out: a variable that is as it
 * is to be is not written. */
int efi_counter_write(Root *root, int count) _must_check_;
