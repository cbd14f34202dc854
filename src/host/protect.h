// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"

/* Protects every PCI function that a path in sysfs leads through: the controller, and the bridges and
 * the VMD controller above it. Returns how many, or -ENOMEM. `why` may be added to one that is there. */
int protect_path(Machine *m, const char *path, const char *why) _must_check_;
void protections_sort(Machine *m);
