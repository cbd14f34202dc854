// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/bind.h"
#include "device/holder.h"
#include "model/plan.h"

/* The functions of one GPU that the plan gives to drivers, or back. */
enum {
        SLOT_FUNCTIONS = 8,

        /* A write to sysfs that takes longer is taken for one that never comes back. A card that wakes
         * from D3cold, or a driver that stops firmware of its own, is done in three or four. */
        SLOT_WRITE_TIMEOUT = 10 * 1000 * 1000,
};

typedef struct Slot {
        const GpuPlan *gpu; /* NULL: the functions are no part of one */
        BindFunction functions[SLOT_FUNCTIONS];
        char drivers[SLOT_FUNCTIONS][DRIVER_NAME_MAX]; /* as the kernel spells them */
        size_t n;
        bool taken; /* the overrides stand already, see slot_override() */
} Slot;

typedef struct SlotList {
        Slot *items;
        size_t n;
} SlotList;

/* Those that steps of this kind and time are about, in their order; of one slot alone unless `only` is
 * NULL. STEP_BIND, or STEP_RELEASE: then without a driver. */
int slots_from_plan(const Plan *plan, StepCode code, StepWhen when, const PciAddress *only,
                    SlotList *ret) _must_check_;

/* Adds a function to the slot of its GPU; -E2BIG where that has more than anybody has seen. */
int slot_list_add(SlotList *list, const Plan *plan, PciAddress address,
                  const char *driver) _must_check_;
void slot_list_done(SlotList *list);
#define _cleanup_slots_ _cleanup_(slot_list_done)

/* The drivers as the kernel spells them. -ENOENT where one is not there, with the name in *ret_missing
 * (borrowed): then nothing of the slot is to be touched. */
int slot_find_drivers(Root *root, Slot *slot, const char **ret_missing) _must_check_;

/* Looks for holders of what another driver would have to let go, and allows that where there are none;
 * *ret says who there is. Nothing is looked at, and *ret is empty, where nobody has to let go. */
int slot_ask_holders(Root *root, Slot *slot, HolderList *ret) _must_check_;
