// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/root.h"

/*
 * One at a time changes the host: apply, revert, take, release, the service that writes kernel arguments.
 * The lock belongs to the process, so that it is gone with it and no child that is stuck keeps it.
 *
 * Waits for whoever has it, no longer than `timeout_usec`; then -EBUSY, with who it is in *ret_holder.
 * Closing *ret_fd gives it back.
 */
int journal_lock(Root *root, uint64_t timeout_usec, int *ret_fd, pid_t *ret_holder) _must_check_;
