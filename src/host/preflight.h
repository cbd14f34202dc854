// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* What keeps a card from being used though all else is well: PciDevice.dead and .framebuffer,
 * Machine.can_sleep. Looks at what pci_scan() has found. Reading a function's config space wakes it up,
 * so nobody should who only lists devices. */
int preflight_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
