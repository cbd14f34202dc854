// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* Vendor and device names of all devices that were read, from the text of the hardware database; where
 * that is absent, from pci.ids; else none. */
int names_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
