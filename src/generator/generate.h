// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/root.h"

typedef struct GeneratorArguments {
        const char *folder; /* of units that neither precede nor replace an administrator's */
        bool dry_run;
} GeneratorArguments;

/* From the configuration and the kernel command line alone: the same input gives the same bytes. With
 * nothing declared nothing is written; while gpuhost is off, nothing that would start anything. */
int generate(const GeneratorArguments *arguments, Root *root) _must_check_;
