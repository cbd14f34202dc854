// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/json.h"
#include "emit/text.h"
#include "model/plan.h"

/* What the host as a whole does with its GPUs. */
typedef struct HostStatus {
        const Config *config;
        const Machine *machine;
        const Plan *plan;
        const FindingList *findings;
} HostStatus;

void status_text(const HostStatus *status, const TextFormat *format, StrBuf *out);
json_t *status_json(const HostStatus *status);

json_t *gpu_status_json(const GpuPlan *gpu);
json_t *instance_status_json(const Assignment *assignment, const Plan *plan);

/* The first line of status_text(), and what to look at next. */
void status_summary(const HostStatus *status, const TextFormat *format, StrBuf *out);

/* What to look at next, a line each; nothing where all is as declared. */
void status_next(const HostStatus *status, StrBuf *out);

/* "in use", "not bound yet", "refused: console": where a GPU is between declared and done. */
enum { GPU_STATE_MAX = 48 };
TextStyle gpu_state(const GpuPlan *gpu, char buf[static GPU_STATE_MAX]);

/* "refused", "has its GPU", "ready" */
const char *instance_state(const Assignment *assignment, const Plan *plan, TextStyle *ret_style);

/* The GPUs that an instance gets, by entry's name or address, or the vGPU that it asks for. */
void assignment_gpus(const Assignment *assignment, const Plan *plan, StrBuf *out);
