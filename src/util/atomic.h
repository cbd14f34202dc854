// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/root.h"

/*
 * Files that are there whole or not at all, whenever the power goes. Links among the folders lead where
 * they lead inside the root, as for reading; the file itself must be none: -ELOOP, for what stands behind
 * a link belongs to somebody else.
 */

/* Keeps the mode of the file that is replaced; a new one is 0644. */
enum { ROOT_MODE_KEEP = 0 };

/* A temporary file in the same folder, fsync, rename, fsync of the folder. Folders that lack are made.
 * After any failure the former file is there as it was: -ENOSPC, -EROFS… */
int root_write_atomic(Root *root, const char *path, const char *text, size_t n,
                      mode_t mode) _must_check_;

/* Removes a file, or a link itself, for good. That it is not there is fine. */
int root_unlink_sync(Root *root, const char *path) _must_check_;

/* Removes what a killed root_write_atomic() may have left beside the file. */
int root_write_clean(Root *root, const char *path) _must_check_;

/* Makes a folder that is to last, mode 0755, and those above it. One that is there is fine. */
int root_make_dir(Root *root, const char *path) _must_check_;
