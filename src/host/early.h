// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/*
 * What can be known before udev has run, for gpuhost-bind and gpuhost-udev: devices, groups, IOMMU and
 * kernel arguments. Nothing of it needs more than libc, so that these two stay small.
 *
 * What the host cannot do without is not to be seen yet. So the protections are those that were recorded
 * while the host ran: a line a function, "0000:02:00.0 holds / (nvme0n1p2)", in PROTECTED_FILE, or, as
 * long as /var is not mounted, in the copy that the initramfs has left in PROTECTED_RUN_FILE.
 */
#define PROTECTED_FILE     "var/lib/gpuhost/protected"
#define PROTECTED_RUN_FILE "run/gpuhost/protected"

int machine_read_early(Root *root, const MachineWants *wants, Machine *ret) _must_check_;
