// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/config.h"
#include "util/root.h"

/* What an image was declared as. */
typedef struct ImageSpec {
        const char *path; /* absolute */
        DiskFormat format;
        const char *backing; /* where what it is made on is; NULL: it is made on none */
        DiskFormat backing_format;
        bool is_backing; /* another is made on it */
} ImageSpec;

/* Makes an empty one of that size, whole or not at all. One that is there is left as it is: 0. */
int image_create(Root *root, const ImageSpec *spec, uint64_t size) _must_check_;

/* Whether what is in it is what was declared. Why not in *ret_why, in words; NULL: all well. */
int image_check(int fd, const ImageSpec *spec, const char **ret_why) _must_check_;

/* How large the disk is that it holds. */
int image_size(int fd, DiskFormat format, uint64_t *ret) _must_check_;
