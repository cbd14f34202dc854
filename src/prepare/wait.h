// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/plan.h"
#include "util/root.h"

/* gpuhost-bind lets the boot go on when no native driver can take what is declared, and goes on itself:
 * until it has ended, or has taken too long, which is said. */
void wait_for_binder(Root *root);

/* Parents of vGPUs need their native driver, which udev may still be loading: waits until each has one,
 * or udev is done and it will have none. True if it was worth it: what the machine looks like has to be
 * read again. */
bool wait_for_drivers(Root *root, const Plan *plan);

/* Until udev has applied its rules to all VFs of this function. False if it has not in time. */
bool wait_for_functions(Root *root, PciAddress physfn);
