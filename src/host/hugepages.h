// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* hugepages_2m_total, and the same by node. */
int hugepages_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
