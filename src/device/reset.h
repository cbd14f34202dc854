// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "model/pci.h"
#include "util/root.h"

/*
 * Resets one function, in whatever way the kernel knows. -EOPNOTSUPP where it knows none for this one by
 * itself: functions that share a bus with others are listed as resettable and then are not, and VFIO resets
 * them together. -ETIMEDOUT: it does not come back, see watch.h.
 */
int function_reset(Root *root, PciAddress address, uint64_t timeout_usec,
                   pid_t *ret_stuck) _must_check_;

/* 0 if it answers; -EIO where its config space reads all ones, -ENODEV where it has gone. */
int function_answers(Root *root, PciAddress address) _must_check_;
