// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/plan.h"

/* Why a GPU stands where it stands, for `gpuhost why`: one line a subject, in a fixed order. */
typedef struct ExplainLine {
        const char *
                label; /* "role", "driver", "group": static, and the key in JSON; a label may recur */
        char *text;
} ExplainLine;

typedef struct ExplainLines {
        ExplainLine *items;
        size_t n;
} ExplainLines;

int plan_explain(const Plan *plan, const Config *config, const Machine *machine, const GpuPlan *gpu,
                 ExplainLines *ret) _must_check_;
void explain_lines_done(ExplainLines *lines);
#define _cleanup_explain_lines_ _cleanup_(explain_lines_done)
