// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/pci.h"
#include "util/root.h"

/* A device that did not come back from a reset, or answers with all ones: nothing new starts on it in this
 * boot, and the planner says why. The file holds that, in words; removing it lifts the cordon. */
#define CORDON_FOLDER "run/gpuhost/cordoned"

int cordon_mark(Root *root, PciAddress address, const char *why) _must_check_;
