// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/config.h"
#include "util/root.h"

/* Makes a sparse file of that size, whole or not at all. One that is there is left as it is: 0. */
int image_create(Root *root, const char *path, uint64_t size) _must_check_;

/* Whether what is in it is what was declared. Why not in *ret_why, in words; NULL: all well. */
int image_check(int fd, DiskFormat format, const char **ret_why) _must_check_;
