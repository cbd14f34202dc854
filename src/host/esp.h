// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* Where the partition is mounted from which the firmware has what it starts: boot_loader.partition and
 * boot_loader.esp. A mount on demand is mounted by this. */
int esp_read(Root *root, Machine *m) _must_check_;
