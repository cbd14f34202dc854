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
Json *status_json(const HostStatus *status);

Json *gpu_status_json(const GpuPlan *gpu);
Json *instance_status_json(const Assignment *assignment, const Plan *plan);

/* The first line of status_text(), and what to look at next. */
void status_summary(const HostStatus *status, const TextFormat *format, StrBuf *out);

/* What to look at next, a line each; nothing where all is as declared. */
void status_next(const HostStatus *status, StrBuf *out);

/* Where a GPU is between declared and done. The words are part of the JSON. */
typedef enum GpuState {
        GPU_WITH_HOST,
        GPU_FREE,
        GPU_IN_USE,
        GPU_PENDING, /* its driver, or its VFs, are not yet what they are to be */
        GPU_CORDONED,
        GPU_REFUSED,
        GPU_FAILED, /* gpuhost-prepare could not make it what it is to be */
        GPU_AWAY,   /* the host's by the files, and on vfio */
} GpuState;

typedef enum InstanceState {
        INSTANCE_READY,
        INSTANCE_HOLDS, /* it has its GPU, and starts or stops */
        INSTANCE_RUNS,
        INSTANCE_REFUSED,
        INSTANCE_WRONG_FILE,
} InstanceState;

extern const EnumTable gpu_state_table, instance_state_table;

GpuState gpu_state(const GpuPlan *gpu);
InstanceState instance_state(const Assignment *assignment, const Plan *plan);

/* The same for people: "refused: console". */
enum { STATE_TEXT_MAX = 48 };
TextStyle gpu_state_text(const GpuPlan *gpu, char buf[static STATE_TEXT_MAX]);
TextStyle instance_state_text(const Assignment *assignment, const Plan *plan,
                              char buf[static STATE_TEXT_MAX]);

/* The GPUs that an instance gets, by entry's name or address, or the vGPU that it asks for. */
void assignment_gpus(const Assignment *assignment, const Plan *plan, StrBuf *out);
