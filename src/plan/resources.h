// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "plan/plan.h"

/* What VMs can be given, for `gpuhost resources`. Both is the sum of the two. */
typedef enum GpuMode {
        GPU_MODE_NONE = 0,
        GPU_MODE_PASSTHROUGH = 1, /* whole GPUs: passthrough and on-demand */
        GPU_MODE_VGPU = 2,
        GPU_MODE_MIXED = 3,
} GpuMode;

extern const EnumTable gpu_mode_table;

/* A vGPU type over all parents of role vgpu. */
typedef struct ProfileResource {
        char *name;              /* "L40S-1Q" */
        uint64_t framebuffer_mb; /* 0: not told */
        uint64_t available;      /* how many more could be made now, if all were of this type */
} ProfileResource;

/* A GPU, and whether VMs may have it, whole or in parts. */
typedef struct DeviceResource {
        const GpuPlan *gpu;
        const char *name; /* the entry's, or what the device is called */
        bool available;
        char *reason; /* why not; NULL where it is */
} DeviceResource;

typedef struct GpuResources {
        GpuMode mode;
        uint64_t total_slots, used_slots; /* whole GPUs and vGPUs */
        ProfileResource *profiles;        /* by name, numbers as numbers */
        size_t n_profiles;
        DeviceResource *devices; /* by address */
        size_t n_devices;
} GpuResources;

int plan_resources(const Plan *plan, const Machine *machine, GpuResources *ret) _must_check_;
void gpu_resources_done(GpuResources *resources);
#define _cleanup_gpu_resources_ _cleanup_(gpu_resources_done)
