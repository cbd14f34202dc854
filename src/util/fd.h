// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

void closep(int *fd);
#define _cleanup_close_ _cleanup_(closep)

/* Closes and returns -EBADF, so that `fd = safe_close(fd)` leaves nothing behind. Keeps errno. */
int safe_close(int fd);

/* Reads to the end; -E2BIG when there is more than `max`. The text is NUL-terminated, but may hold
 * NULs of its own: *ret_size tells. */
int read_all(int fd, size_t max, char **ret, size_t *ret_size) _must_check_;
int write_all(int fd, const void *data, size_t n) _must_check_;

/* 0 when there is something to read or the other end is closed; -ETIMEDOUT. */
int fd_wait_readable(int fd, uint64_t timeout_usec) _must_check_;
