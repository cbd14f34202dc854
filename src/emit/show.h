// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/json.h"
#include "emit/text.h"
#include "model/plan.h"

/* All that is known of one GPU, a line a fact. */
void gpu_show_text(const GpuPlan *gpu, const Machine *machine, const TextFormat *format,
                   StrBuf *out);
Json *gpu_show_json(const GpuPlan *gpu, const Machine *machine);

/* What an instance gets and how it stands; its configuration is another matter. */
void instance_show_text(const Assignment *assignment, const Plan *plan, const TextFormat *format,
                        StrBuf *out);
Json *instance_show_json(const Assignment *assignment, const Plan *plan);
