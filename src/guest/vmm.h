// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What is special to one VMM: one const descriptor a file, one line in the table of guest.c. */

#include "guest/guest.h"

typedef struct Vmm {
        const char *name;    /* "qemu" */
        const char *program; /* that a distribution calls it by */
        /* Fills `argv`, which is empty. */
        int (*command)(const Instance *instance, const GuestStart *start, StrList *argv);
} Vmm;

extern const Vmm vmm_qemu;
