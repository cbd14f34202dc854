// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What the files of plan/ share while a plan is made; nothing outside includes this. */

#include "plan/plan.h"
#include "util/buf.h"

/* What is known of a GPU while it is planned, and of no use to those who read the plan. */
typedef struct GpuWork {
        const char *suspect; /* the message of an id-mismatch that may mean this GPU */
        size_t n_users;      /* instances that have it */
        size_t n_named;      /* of these: asked for this very GPU */
        size_t n_vms, n_autostart;

        /* vGPUs, see slots.c */
        size_t slots, slots_used;
        uint32_t share_used;
} GpuWork;

typedef struct Builder {
        const Config *config;
        const Machine *machine;
        PlanMode mode;
        Plan *plan;
        GpuWork *work; /* one a GPU */

        /* Functions that VMs take at their start, by address: of these a group may hold one that has
         * a driver now. */
        PciAddress *vm_devices;
        size_t n_vm_devices;

        /* intel_iommu=on is needed, and for this GPU, or for devices that VMs take (NULL). */
        bool intel_on;
        const GpuPlan *intel_on_for;

        StrBuf arguments_reason; /* why the intended arguments are */
        Origin arguments_origin;
        StrList arguments_missing; /* of the intended: those that the boot loader lacks */
        StrList arguments_stale;   /* those that our file holds and nothing asks for any more */
        StrList arguments_pending; /* those that the running kernel lacks */
} Builder;

/* select.c: which GPUs there are, and the entry that holds for each. */
int select_gpus(Builder *b) _must_check_;
bool match_holds(const GpuMatch *match, const PciDevice *device) _pure_;

/* identity.c: entries that mean nothing here, or perhaps another device than was meant. */
void identity_check(Builder *b);

/* closure.c: what goes along with a GPU, and what stands in its way. */
int closure_find(Builder *b) _must_check_;
void closure_judge(Builder *b);  /* refuses GPUs whose group can't leave; safe to repeat */
void together_check(Builder *b); /* together.c: when it is known who gets what */
bool closure_stays_as_bridge(const PciDevice *device) _pure_;

/* allow.c: the allowlists. The gate that does not let the id pass, NULL if all do. */
bool allow_host(const Builder *b, PciId id) _pure_;
const PatternList *allow_refusing_gate(const Instance *instance, PciId id) _pure_;

/* guard.c, driver.c, iommu.c, vgpu.c: what must hold before a GPU may leave, or be parted. */
void guard_gpus(Builder *b);
void guard_last_display(Builder *b);
void driver_check(Builder *b);
void iommu_check(Builder *b);
bool iommu_needed(const GpuPlan *gpu) _pure_;
void vgpu_check(Builder *b);

/* assign.c and its helpers: what instances get. */
int assign_instances(Builder *b) _must_check_;

/* The rest of the plan. */
int arguments_plan(Builder *b) _must_check_; /* after iommu_check() */
int arguments_report(Builder *b) _must_check_;
int arguments_steps(Builder *b) _must_check_;
/* Of the addon for a unified kernel image: why none can be made (NULL: one can), and what to type. */
const char *addon_lack_words(AddonLack lack) _pure_;
void addon_instruction(const Builder *b, StrBuf *s);

int watchdog_plan(Builder *b) _must_check_;                /* behind arguments_plan() */
int watchdog_steps(Builder *b) _must_check_;               /* before the steps of what is watched */
const char *arguments_file(const Machine *machine) _pure_; /* where people edit them */
int foreign_report(Builder *b) _must_check_;
void prepared_report(Builder *b);
void preflight_report(Builder *b);
int initramfs_plan(Builder *b) _must_check_; /* findings and steps */
int steps_plan(Builder *b) _must_check_;
int steps_plan_d3cold(Builder *b, const GpuPlan *gpu, StepWhen when) _must_check_;
int steps_plan_vfs(Builder *b, const GpuPlan *gpu, StepWhen when) _must_check_;
int steps_plan_hugepages(Builder *b) _must_check_;

/* Takes the strings, whatever comes of it; one that is NULL is -ENOMEM. */
int step_add(Builder *b, Step step) _must_check_;
char *step_target(PciAddress address) _must_check_;

static inline bool role_leaves(GpuRole role)
{
        return role == ROLE_PASSTHROUGH || role == ROLE_ON_DEMAND;
}

/* Declared to leave the host, and nothing is against it. */
static inline bool gpu_goes(const GpuPlan *gpu)
{
        return role_leaves(gpu->role) && gpu->guard == GUARD_FREE;
}

static inline Origin gpu_origin(const GpuPlan *gpu)
{
        return gpu->entry ? gpu->entry->origin : (Origin){};
}

/* Whether `driver` is one that hands its device to userspace, and so suits any group. */

/* The first reason is the one that stays. `finding` may be NULL: memory is short then, and the whole
 * plan fails. */
void refuse_gpu(GpuPlan *gpu, const Finding *finding);
void refuse_instance(Assignment *assignment, const Finding *finding);

/* plan_gpu_of(), for those who change the plan. */
GpuPlan *gpu_of_function(const Builder *b, PciAddress address) _pure_;

/* Whether the function is the GPU itself or one that goes along with it. */
bool gpu_owns(const GpuPlan *gpu, const PciDevice *device) _pure_;

static inline size_t gpu_index(const Plan *plan, const GpuPlan *gpu)
{
        return (size_t)(gpu - plan->gpus);
}
