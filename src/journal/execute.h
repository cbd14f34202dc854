// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "journal/devices.h"
#include "journal/outcome.h"
#include "journal/work.h"

/*
 * Does what a plan says, or undoes all of it. Everything that can be done is tried; what became of it is
 * in `outcomes`. Negative where it makes no sense to go on: memory is short, or the journal itself cannot
 * be written.
 */
typedef struct Executor {
        Journal *journal;
        const Machine *machine;
        const Plan *plan;
        const JournalListener *listener; /* may be NULL */

        /* Sees to it that a driver is there, before a device is touched for it. NULL: they are. */
        int (*load_driver)(void *userdata, const char *driver);
        void *userdata;

        OutcomeList outcomes;
} Executor;

typedef enum RevertFlags {
        REVERT_BOOT_FILES = 1, /* nothing of the running machine: at removal */
} RevertFlags;

/* `only`: steps of this code alone; _STEP_MAX: all. */
int execute_apply(Executor *e, StepCode only) _must_check_;
int execute_revert(Executor *e, RevertFlags flags) _must_check_;

/* One slot to its drivers, or back: an outcome a function. Commands that this asks for are pending. */
int execute_bind(Executor *e, Slot *slot) _must_check_;
int execute_return(Executor *e, Slot *slot) _must_check_;

/* Those that are pending, the outcome of each. */
int execute_commands(Executor *e) _must_check_;

void executor_done(Executor *e);
#define _cleanup_executor_ _cleanup_(executor_done)
