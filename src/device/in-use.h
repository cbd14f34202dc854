// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/plan.h"
#include "util/root.h"

/* Looks who uses the cards that a plan leaves to the next boot because their native driver has them: where
 * nobody does, a plan that is made anew with this takes them at once. *ret_any: there is such a card. */
int in_use_read(Root *root, const Plan *plan, Machine *machine, bool *ret_any) _must_check_;
