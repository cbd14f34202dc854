// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/bind.h"
#include "model/plan.h"

/* The functions of one GPU that the plan gives to drivers. */
enum { SLOT_FUNCTIONS = 8 };

typedef struct Slot {
        const GpuPlan *gpu; /* NULL: the functions are no part of one */
        BindFunction functions[SLOT_FUNCTIONS];
        char drivers[SLOT_FUNCTIONS][DRIVER_NAME_MAX]; /* as the kernel spells them */
        size_t n;
} Slot;

typedef struct SlotList {
        Slot *items;
        size_t n;
} SlotList;

/* Those of the plan's steps, in their order; of one slot alone unless `only` is NULL. */
int slots_from_plan(const Plan *plan, const PciAddress *only, SlotList *ret) _must_check_;
void slot_list_done(SlotList *list);
#define _cleanup_slots_ _cleanup_(slot_list_done)
