// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/plan.h"
#include "util/root.h"

/* Whether step_prepare() does steps of this kind: VFs, huge pages, D3cold. */
bool step_is_prepared(StepCode code) _pure_;

/*
 * Does what such a step says, within a deadline, and looks whether it came about. What is right already
 * is not written again.
 *
 * On failure *ret_problem tells what went wrong, in words and with the numbers (NULL when memory was
 * short). -ETIMEDOUT: a driver does not come back, and its device is to be left alone from now on.
 */
int step_prepare(Root *root, const Step *step, char **ret_problem) _must_check_;
