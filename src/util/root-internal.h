// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What root.c, root-dir.c and root-walk.c share; nobody else includes it. */

#include <fcntl.h>

#include "util/root.h"

struct Root {
        int fd;
        bool is_host;
        bool walk; /* resolve component by component: observed, or openat2 refused */
        const RootObserver *observer;
};

/* Reading takes no part in job control and never waits for the other end of a pipe. */
enum { ROOT_READ_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY };

int root_tell(const Root *root, RootEntry type, const char *path, const char *data,
              size_t n) _must_check_;

/* Where `path` leads inside the root, all links resolved and told of. Below proc/ nothing is. */
int root_canonical(const Root *root, const char *path, char **ret) _must_check_;

/* The name under which an observer hears of `path`; NULL is fine where there is none. */
int root_observed_name(const Root *root, const char *path, char **ret) _must_check_;

/* One read of an open attribute, and what is left to do once an observer heard of it. */
int root_read_raw(int fd, char *buf, size_t size, size_t *ret_n) _must_check_;
int root_finish_attribute(char *buf, size_t size, size_t n) _must_check_;
