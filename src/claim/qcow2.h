// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/config.h"

/* What matters of a qcow2 image's header. It may be the guest's, so nothing of it is followed, and the name
 * in it is compared and never said. */
typedef struct Qcow2 {
        uint64_t size;      /* of the disk */
        char *backing;      /* as it is written there; NULL: none */
        bool external_data; /* what it holds is in another file */
} Qcow2;

void qcow2_done(Qcow2 *image);
#define _cleanup_qcow2_ _cleanup_(qcow2_done)

/* 1; 0 where it is no qcow2 image. -EBADMSG: one whose header is wrong. */
int qcow2_read(int fd, Qcow2 *ret) _must_check_;

/* An empty image, into an empty file. `backing` NULL: it is made on none. -EFBIG, -ENAMETOOLONG. */
int qcow2_write(int fd, uint64_t size, const char *backing, DiskFormat backing_format) _must_check_;
