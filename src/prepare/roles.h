// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/plan.h"
#include "model/prepared.h"
#include "util/root.h"

/* Executes those of the plan's steps that are gpuhost-prepare's and looks at each declared GPU: what has
 * become of every role. One that fails is in the list, and the next is gone on with. */
int roles_prepare(Root *root, const Plan *plan, const HostConfig *host,
                  PreparedList *ret) _must_check_;
