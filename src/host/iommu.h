// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* What the firmware offers, what is enabled, and whether interrupts are remapped. */
int iommu_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
