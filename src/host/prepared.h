// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* What gpuhost-prepare has left: Machine.prepared. */
int prepared_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
