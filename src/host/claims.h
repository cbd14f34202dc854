// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* run/gpuhost/claims/ADDRESS: who holds which GPU. */
int claims_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
