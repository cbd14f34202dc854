// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* Small machines and configurations by hand, for tests of plan/. A world is made, added to, planned and
 * asked; all strings in it are literals. */

#include "plan/plan.h"

#include "unit.h"

enum { WORLD_MAX = 128, WORLD_GROUP_MAX = 16 };

typedef struct World {
        Config config;
        Machine machine;
        Plan plan;

        PciDevice devices[WORLD_MAX];
        IommuGroup groups[WORLD_MAX];
        PciAddress members[WORLD_MAX][WORLD_GROUP_MAX];
        Protection protections[WORLD_MAX];
        Claim claims[WORLD_MAX];
        Foreign foreign[WORLD_MAX];
        Kernel kernels[4];
        GpuEntry entries[WORLD_MAX];
        DevicePattern allowed[8];
        Instance *instances[WORLD_MAX];
        Instance instance_store[WORLD_MAX];
        GpuRequest requests[WORLD_MAX][4];
        PciAddress addresses[WORLD_MAX][4];
        Origin origins[WORLD_MAX][4];
        PatternList gates[WORLD_MAX][2];
        char *words[32]; /* running arguments */
        bool changed;
} World;

/* AMD, all well, everything of NVIDIA may leave. */
World *world_new(void);
World *world_watched(World *w); /* boots are counted: what is about others has one step less */
World *world_free(World *w);
DEFINE_CLEANUP(World *, world_free)
#define _cleanup_world_ _cleanup_(world_freep)

PciAddress address_of(const char *s);

/* Functions come in any order. A group of -1 is none. */
PciDevice *world_function(World *w, const char *address, uint16_t class, const char *id,
                          const char *driver, int group);
/* A VGA controller of NVIDIA, 10de:2204 on nvidia, in a group of the number of its bus. */
PciDevice *world_gpu(World *w, const char *address);
/* A card that is the console, so that no other one is the last display. */
PciDevice *world_console(World *w);
void world_protect(World *w, const char *address, const char *why);
void world_claim(World *w, const char *address, const char *instance);
void world_argument(World *w, const char *word);

/* Line 10 is the first entry's, 11 the second's … */
GpuEntry *world_entry(World *w, GpuRole role, const char *name, const char *address);
void world_match_id(GpuMatch *match, const char *id);
void world_allow(World *w, const char *pattern);

/* By name, for that is how a configuration has them. */
Instance *world_vm(World *w, const char *name);
Instance *world_container(World *w, const char *name);
GpuRequest *world_ask(World *w, Instance *instance);
void world_ask_name(World *w, Instance *instance, const char *name);
void world_ask_pool(World *w, Instance *instance, const char *id, uint32_t count);
void world_ask_profile(World *w, Instance *instance, const char *profile);
void world_take(World *w, Instance *instance, const char *address);

const Plan *world_plan(World *w, PlanMode mode);

/* Plans if need be. The GPU at the address, the n-th finding of a code (NULL if there are fewer). */
const GpuPlan *world_gpu_plan(World *w, const char *address);
const Finding *world_finding(World *w, FindingCode code, size_t i);
size_t world_n_findings(World *w, FindingCode code);
const Assignment *world_assignment(World *w, const char *instance);

/* The whole list, a line each: "bind 0000:0c:00.0 reboot: bind to vfio-pci", or what an instance has:
 * "0000:0c:00.0 0000:0d:00.0", "refused". */
void assert_steps(World *w, const char *expected);
void assert_gets(World *w, const char *instance, const char *expected);
void assert_message(World *w, FindingCode code, const char *expected);
void assert_no_findings(World *w);
