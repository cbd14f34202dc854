// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/root.h"

/*
 * GRUB's environment block: a file of a fixed size that GRUB itself writes to, by its block numbers. It
 * is written in place, and not by grub-editenv or by a rename: GRUB reads no journal, so that for it a
 * new file may long not be where the directory has it; and grub-editenv empties the file before it
 * writes, which a power cut may leave so. What changes lies within one block of the file system.
 */
#define GRUBENV_FILE "boot/grub/grubenv"

/* Sets a variable in a block of n bytes, or takes it out (NULL). -EBADMSG: that is no such block.
 * -ENOSPC: it is full. On failure the block stays. 0: it has been so before. */
int grubenv_set(char *block, size_t n, const char *name, const char *value) _must_check_;

/* The same in the file, for good. -ENOENT: there is none. */
int grubenv_write(Root *root, const char *name, const char *value) _must_check_;
