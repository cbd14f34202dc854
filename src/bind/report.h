// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/slot.h"
#include "util/diag.h"

/* What gpuhost-bind says. Everything once: a line a failure, and one for all that went well, or for each
 * card where the journal takes it with its fields. */
void report_diag(const Diag *diag);     /* errors alone; `check` tells the rest */
bool report_findings(const Plan *plan); /* true if there is an error among them */
void report_holders(const Slot *slot, const HolderList *holders);
void report_failure(Root *root, const Slot *slot, int error);
void report_no_driver(const Slot *slot); /* beside what was said of the driver */
void report_successes(const SlotList *slots);

/* On stdout, a line a function: for people, or with `list` for programs. */
void report_intentions(Root *root, const SlotList *slots, bool list);
