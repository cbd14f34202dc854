// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* What of the devices that were read matters to a plan and to those who look closely: BARs, resets,
 * power, displays. */
int pci_details_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
