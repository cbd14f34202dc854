// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* What really boots this machine, told by what it was booted by before by what is installed; and the
 * arguments that we configured for the next boot. */
int loader_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
