// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* The running kernel's arguments, whether they say that gpuhost keeps off, and huge pages. */
int arguments_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;

/* Does one of these words mean that nothing is bound, created or started? */
bool arguments_disarm(const StrList *arguments) _pure_;
