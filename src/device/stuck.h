// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/pci.h"
#include "util/root.h"

/* A device whose driver does not come back from a write. The kernel holds its lock, so that whoever
 * touches it next waits as well: nobody should, in this boot. */
#define STUCK_FOLDER "run/gpuhost/stuck"

int stuck_mark(Root *root, PciAddress address) _must_check_;
bool stuck_is_marked(Root *root, PciAddress address);
