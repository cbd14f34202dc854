// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/*
 * Descriptors that PID 1 keeps for our unit: they outlive whatever process we are, a reload and a re-exec,
 * are handed to ExecStart= by LISTEN_FDS, and are closed when the unit is gone. See sd_notify(3), FDSTORE=1.
 * -ENOTCONN where no service manager listens.
 */

/* Names are of at most 255 characters, and have no ':'. FDPOLL=0, so that none is closed because its other
 * end is. */
int store_put(const char *name, int fd) _must_check_;

/* All of that name; that there is none is fine. */
int store_drop(const char *name) _must_check_;

/* Until PID 1 has read all of that. -ETIMEDOUT. */
int store_settle(uint64_t timeout_usec) _must_check_;

/* "claim-0000-01-00.0" for "0000:01:00.0" */
enum { STORE_NAME_MAX = 64 };
char *store_name_of_lease(const char *lease, char buf[static STORE_NAME_MAX]);
