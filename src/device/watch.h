// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/root.h"

/*
 * Writes to sysfs run driver code, and a driver may block for as long as it likes: NVIDIA's remove()
 * polls until nobody uses the card, vfio-pci's until QEMU lets go, a reset waits for dead hardware.
 * Such a write can be neither cancelled nor timed out. So a child does it, and the caller stops
 * waiting when the time is over; the child stays behind until the kernel lets it go.
 */

/* Writes `value` in one piece. 0, the kernel's error, or -ETIMEDOUT with the child in *ret_stuck.
 * Then nothing is known about the device, and the next write to it would block likewise: leave it
 * alone. */
int watched_write(Root *root, const char *path, const char *value, uint64_t timeout_usec,
                  pid_t *ret_stuck) _must_check_;

/* The same for a program of a vendor that does such writes: runs it with nothing to read and nobody to
 * print to. Its exit status (128 and the signal's number if one ended it), or negative. What takes
 * longer is killed, and left behind where that does not help: -ETIMEDOUT. */
int watched_run(const char *const argv[], uint64_t timeout_usec, pid_t *ret_stuck) _must_check_;
