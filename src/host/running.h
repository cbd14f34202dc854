// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* Which VMs have processes, by their units' control groups: Machine.running. A capture has nothing of it. */
int running_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
