// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/slot.h"

/* The drivers that cards are to have. Many cards have the same: it is loaded, and complained of, once. */
typedef struct Driver {
        const char *wanted;         /* as it was declared */
        char name[DRIVER_NAME_MAX]; /* as the kernel spells it */
        int result;
} Driver;

typedef struct DriverList {
        Driver *items;
        size_t n;
} DriverList;

void driver_list_done(DriverList *list);
#define _cleanup_drivers_ _cleanup_(driver_list_done)

/* Loads a driver where it is not there yet, and what it needs besides. What goes wrong has been said. */
int driver_load(Root *root, const char *wanted, char ret_name[static DRIVER_NAME_MAX]) _must_check_;

/* The drivers of a slot, as driver_load() does, and as the kernel spells them. */
int drivers_load(Root *root, DriverList *list, Slot *slot) _must_check_;
