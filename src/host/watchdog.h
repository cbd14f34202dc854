// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* Who counts boots on this machine, and how far the count is; behind loader_read(), which calls it. */
int watchdog_read(Root *root, Machine *m) _must_check_;
