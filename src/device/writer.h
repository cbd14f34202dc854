// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/root.h"

/*
 * A child that writes to sysfs, see watch.h for why. One does for many writes, in their order: a process
 * for each would be most of what binding costs. It is started for the first, and a new one when the last
 * was left behind or has died. It holds nothing that was open in its parent but the root's folder, so
 * that nobody waits for a lock or a pipe that is stuck with it.
 */
typedef struct Writer {
        Root *root;
        pid_t child; /* 0: none at present */
        int fd;      /* to talk to it */
} Writer;

#define WRITER_OF(r) ((Writer){ .root = (r), .fd = -EBADF })

/* As watched_write(), by this child. -EIO also when it died at it: then nobody knows how far it came. */
int writer_write(Writer *writer, const char *path, const char *value, uint64_t timeout_usec,
                 pid_t *ret_stuck) _must_check_;

/* Ends the child. Who is stuck is not waited for. */
void writer_done(Writer *writer);
#define _cleanup_writer_ _cleanup_(writer_done)
