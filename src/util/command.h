// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"
#include "util/str.h"

/*
 * Runs a program without a shell, with nothing on its stdin and a path of system folders, and keeps the
 * end of what it says. `ret_status` is its exit status, or 128 and the signal that ended it.
 *
 * -ETIMEDOUT: it and all in its process group were killed. Else negative where it could not be started
 * at all: -ENOENT, -ENOMEM…
 */
int command_run(const StrList *argv, uint64_t timeout_usec, StrBuf *output,
                int *ret_status) _must_check_;
