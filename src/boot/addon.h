// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"
#include "util/root.h"
#include "util/str.h"

/* The arguments that the addon is to have, a word a line. Absent or empty: no addon. */
#define BOOT_ADDON_STATE "var/lib/gpuhost/kernel-arguments"

/* Brings the addon to what BOOT_ADDON_STATE says. */
#define BOOT_ADDON_PROGRAM GPUHOST_PKGLIBDIR "/gpuhost-addon"

typedef struct AddonMaker {
        const char *ukify; /* the program */
        const char *top;   /* the root as ukify sees it: "" for the machine itself */
} AddonMaker;

/*
 * Has ukify make an addon with these words, on the partition that is mounted at `esp`. It is there as a
 * whole or as it was before; one with these words already is left alone. -EIO: ukify has not made what it
 * was to make, and *said is what it said; -ENOSPC…
 */
int addon_make(Root *root, const AddonMaker *maker, const char *esp, const StrList *words,
               StrBuf *said) _must_check_;

/* No addon, and no folder for such that is empty. That there is none is fine. */
int addon_remove(Root *root, const char *esp) _must_check_;
