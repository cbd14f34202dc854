// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/str.h"

/* A program that ends with us, whatever ends us, and that gets nothing but what it is given. */
typedef struct Child {
        pid_t pid;
        int pidfd;  /* readable once it has ended */
        int output; /* what it writes to stdout and stderr; does not block */
} Child;

#define CHILD_NONE ((Child){ .pidfd = -EBADF, .output = -EBADF })

/* `fds`, borrowed, become 3 and onwards; stdin is empty; all others are closed. Of the environment PATH,
 * HOME, LANG and TMPDIR are left. Negative also where the program cannot be executed. */
int child_start(const StrList *argv, const int *fds, size_t n_fds, Child *ret) _must_check_;

/* 1, and how it ended as of waitid(2); 0: it has not yet. */
int child_reap(Child *child, int *ret_code, int *ret_status) _must_check_;
int child_signal(const Child *child, int signal) _must_check_;
void child_done(Child *child); /* kills one that was not reaped */
#define _cleanup_child_ _cleanup_(child_done)

/* In a child: puts fds[i] where `first` + i is, whatever stands there. For it alone; exported to be tested. */
int child_arrange_fds(int *fds, size_t n, int first) _must_check_;
