// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/plan.h"

/* When the question is asked. */
typedef enum PlanMode {
        /* The running system: all rules, by what the host does with each device. */
        PLAN_RUNTIME,
        /*
         * Before udev, when there are no mounts, routes, drivers or claims to look at: GPUs and their
         * companions alone, members of groups judged by class. The steps are those of gpuhost-bind: a
         * STEP_BIND for every function that belongs on vfio, whatever it is bound to. No instances,
         * kernel arguments or foreign configuration. Protections that `machine` holds still count.
         */
        PLAN_BOOT,
} PlanMode;

/*
 * Decides who gets what and which steps lead there. Pure: the same input gives the same plan, to the
 * byte. The plan borrows from both, which must outlive it.
 *
 * It is complete whatever is wrong: what is right is planned, the rest are findings. Where host.d has
 * an error (`host_valid` is false) there are no steps and every instance is refused. Remarks that the
 * configuration's Diag holds are not repeated here.
 *
 * 0, or -ENOMEM.
 */
int plan_build(const Config *config, const Machine *machine, PlanMode mode, Plan *ret) _must_check_;

/* What of the configuration host/ must look at for a plan: for machine_read(). */
int plan_wants(const Config *config, MachineWants *ret) _must_check_;

/* Whether there is anything to do or to reboot for: exit code 3 of `gpuhost plan`. */
static inline bool plan_has_changes(const Plan *plan)
{
        return plan->n_steps > 0 || plan->reboot_pending;
}

/* The GPU that a function is part of: itself, the one in its slot, or the one it is a VF of. A function
 * of the slot may still not go along: see GpuPlan.companions. NULL if none. */
const GpuPlan *plan_gpu_of(const Plan *plan, const Machine *machine, PciAddress address) _pure_;

/* What an instance gets; NULL for one that the plan does not know. */
const Assignment *plan_find_assignment(const Plan *plan, const char *instance) _pure_;

/* The GPU that a user means: an address, or the name of a gpus: entry that holds for exactly one GPU.
 * -ENOENT with the nearest name in *ret_near (borrowed, NULL if none is near);
 * -ENOTUNIQ for a name that several have. */
int plan_lookup_gpu(const Plan *plan, const char *word, const GpuPlan **ret,
                    const char **ret_near) _must_check_;
