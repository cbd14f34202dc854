// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What the planner says. It borrows from the Config and the Machine it was made from. */

#include "model/config.h"
#include "model/finding.h"
#include "model/machine.h"

typedef enum StepWhen {
        STEP_NOW,    /* apply does it on the running machine */
        STEP_BOOT,   /* apply writes it, and the next boot reads it */
        STEP_REBOOT, /* done by the next boot itself */
} StepWhen;

typedef enum StepCode {
        STEP_BOOT_WATCHDOG,
        STEP_KERNEL_ARGUMENTS,
        STEP_INITRAMFS,
        STEP_LOAD_MODULE,
        STEP_BIND,
        STEP_RELEASE,
        STEP_SRIOV_VFS,
        STEP_HUGEPAGES,
        STEP_D3COLD,
        STEP_REBOOT_NEEDED,
        _STEP_MAX,
} StepCode;

extern const EnumTable step_when_table, step_code_table;

typedef struct Step {
        StepCode code;
        StepWhen when;
        char *target;       /* full lower-case address where it means a device */
        const char *driver; /* STEP_BIND: to which */
        char *action;       /* "bind to vfio-pci", as imperative words */
        char *reason;
        Origin origin; /* the line that asks for it */

        /* What exactly, for those who do it. */
        uint64_t number; /* VFs, or pages that there are to be; STEP_D3COLD: 1 allows, 0 forbids */
        int32_t node;    /* STEP_HUGEPAGES: whose pages; -1: those of all nodes together */
        bool native_vfs; /* STEP_SRIOV_VFS: VFs are for the native driver, which makes vGPUs of them */
        const char *vfs_tool; /* STEP_SRIOV_VFS: the vendor's program that makes them; NULL: none */
} Step;

typedef enum GuardVerdict {
        GUARD_FREE,
        GUARD_REFUSED, /* declared to leave the host, but must not; `refusal` says why */
} GuardVerdict;

/* Where one GPU stands. */
typedef struct GpuPlan {
        const PciDevice *device;
        const GpuEntry *entry;             /* NULL: no entry matches, so it is the host's */
        const GpuEntry *const *overridden; /* earlier entries that match too */
        size_t n_overridden;
        const char *name; /* the entry's; NULL: none */
        GpuRole role;     /* as declared, or host; what a refused GPU keeps doing is `host` */
        GpuPolicy policy;
        const char *driver; /* that it should have: "vfio-pci"; NULL: whatever is native. Its
                             * companions then have vfio-pci */
        GuardVerdict guard;
        FindingCode refused_for;      /* only where guard says so */
        const char *refusal;          /* the finding's message, as long as the plan lives */
        const PciDevice **companions; /* of its slot, by address */
        size_t n_companions;
        const PciDevice **group_mates; /* others of its groups, by address, bridges left out */
        size_t n_group_mates;
        const Instance **users; /* instances that have access, by name */
        size_t n_users;
        const char *failure;    /* of gpuhost-prepare, that it is not as declared; NULL: none */
        const char *claimed_by; /* NULL: free */
} GpuPlan;

/* By its entry, or since it did not come back from somebody. */
static inline bool gpu_is_cordoned(const GpuPlan *gpu)
{
        return (gpu->entry && gpu->entry->cordoned) || gpu->device->cordoned;
}

/* What an instance gets. */
typedef struct Assignment {
        const Instance *instance;
        size_t *gpus; /* indices into Plan.gpus */
        size_t n_gpus;
        const char *vgpu_profile; /* NULL: whole GPUs */
        bool refused;             /* must not be started */
        const Running *running;   /* NULL: it does not run */
        const char *refusal;      /* why: the message of the finding that refuses it */
} Assignment;

typedef struct KernelArguments {
        StrList intended;   /* what gpuhost wants the kernel to be given */
        StrList configured; /* those of ours that the boot loader's files hold now */
        StrList running;    /* those that matter here and that the kernel was given */
        bool configured_known;
} KernelArguments;

typedef struct Plan {
        GpuPlan *gpus; /* by address, as in the Machine */
        size_t n_gpus;
        Assignment *assignments; /* by instance, as in the Config */
        size_t n_assignments;
        Step *steps; /* in the order in which they are to be done */
        size_t n_steps;
        FindingList findings;
        KernelArguments kernel_arguments;
        bool reboot_pending;
        bool boot_watched; /* the next boot is to be counted: something of it may fail because of us */
} Plan;

void plan_done(Plan *plan);
#define _cleanup_plan_ _cleanup_(plan_done)

const GpuPlan *plan_find_gpu(const Plan *plan, PciAddress address) _pure_;
