// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* Protects the controllers of the disks behind / and what else the host boots and swaps on: through
 * partitions, dm, md, multipath NVMe, btrfs on several devices, swap files. */
int block_protect(Root *root, const MachineWants *wants, Machine *m) _must_check_;
