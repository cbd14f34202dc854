// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/root.h"

/*
 * One at a time looks at who holds what and says who holds it next. Whoever has passed the gate sees the
 * claims of all others whole, so nobody plans with what somebody else is just taking. It is held for
 * milliseconds; a process that is stopped there costs the others `timeout_usec` and a refusal: -EBUSY.
 *
 * Closing *ret_fd opens it again, and so does the end of the process.
 */
int lease_gate(Root *root, uint64_t timeout_usec, int *ret_fd) _must_check_;

/* A file below LEASE_LOCKS, open to be locked; made if need be. */
int lease_open(Root *root, const char *name) _must_check_;

/* Nobody but root may open these, for whoever can open a file can lock it, and so keep a device from
 * everybody else. */
#define LEASE_CLAIMS "run/gpuhost/claims"
#define LEASE_LOCKS  "run/gpuhost/claims/.locks"
