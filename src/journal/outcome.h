// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/enum-table.h"
#include "util/str.h"

/* What became of one thing that apply, revert, take or release had to do. */
typedef enum OutcomeKind {
        OUTCOME_DONE,
        OUTCOME_REBOOT, /* the next boot does it */
        OUTCOME_LEFT,   /* somebody else has changed it since: it is theirs */
        OUTCOME_HELD,   /* somebody uses it, and nothing was touched */
        OUTCOME_STUCK,  /* a driver does not come back */
        OUTCOME_FAILED,
} OutcomeKind;

extern const EnumTable outcome_table;

typedef struct Outcome {
        OutcomeKind kind;
        const char *code; /* as of a step, or "file", "command", "attribute" */
        char *target;
        char *message; /* what happened: "bound to vfio-pci" */
        char *detail;  /* several lines: who holds it, what a command said; NULL: nothing */
} Outcome;

typedef struct OutcomeList {
        Outcome *items;
        size_t n;
        bool failed; /* memory was short */
} OutcomeList;

/* Takes `message`; NULL is short memory. The item, for a detail to be added; NULL then. */
Outcome *outcome_add(OutcomeList *list, OutcomeKind kind, const char *code, const char *target,
                     char *message);
bool outcome_is_bad(OutcomeKind kind) _pure_;
bool outcome_list_is_bad(const OutcomeList *list) _pure_;
void outcome_list_done(OutcomeList *list);
#define _cleanup_outcomes_ _cleanup_(outcome_list_done)
