// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/root.h"

#define LOCK_FOLDER     "run/gpuhost"
#define LOCK_OF_CHANGES "lock" /* apply, revert, take, release, kernel arguments, a VM's start */
#define LOCK_OF_BINDING "bind.lock" /* gpuhost-bind, at boot and for what is plugged in */

/*
 * One at a time. The lock belongs to the process, so that it is gone with it and no child that is stuck
 * keeps it.
 *
 * Waits for whoever has it, no longer than `timeout_usec`; then -EBUSY, with who it is in *ret_holder.
 * Closing *ret_fd gives it back.
 */
int host_lock(Root *root, const char *name, uint64_t timeout_usec, int *ret_fd,
              pid_t *ret_holder) _must_check_;
