// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* Of a machine that a unified kernel image has booted: what the addon says that is ours, and whether one
 * can be made. Behind loader_read(). */
int addon_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
