// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/plan.h"

/*
 * Who has to stop so that an instance can start: those who have a GPU or a device that it is to get. Each
 * once, in order of the addresses.
 *
 * -EBUSY where one of them has something that the policy does not let instances take turns with, with why
 * in *ret_refusal.
 */
int plan_turn(const Plan *plan, const Config *config, const Machine *machine,
              const Assignment *assignment, StrList *ret_holders, char **ret_refusal) _must_check_;
