// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* One pass over all PCI functions that reads nothing but their classes; then GPUs, their slot mates,
 * what is wanted, and the members of the IOMMU groups of all these in full. Fills devices, n_functions and groups. */
int pci_scan(Root *root, const MachineWants *wants, Machine *m) _must_check_;
