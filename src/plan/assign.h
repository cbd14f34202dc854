// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * How instances come to their GPUs. A request either names one GPU, and then several instances that do
 * so meet that GPU's policy; or it draws from a pool, and then each instance gets its own. Named GPUs go
 * first, then instances that run keep what they hold, then pools are drawn from by name of the instance
 * and in order of the addresses. All or nothing: who does not get all that is asked for gets nothing,
 * and leaves it to those who follow.
 *
 * vGPUs are drawn likewise, from the GPUs that are parted into them.
 */

#include "plan/builder.h"
#include "plan/parts.h"

/* A set of GPUs that requests draw from. Equal requests share one. */
typedef struct Pool {
        uint64_t *members; /* bit i: the plan's i-th GPU */
        size_t n_unfit;    /* right, but cordoned or refused, and so no members */
        bool vgpu;
        const char *profile;       /* vGPU type; NULL: VFs as they are */
        const GpuRequest *request; /* the first one's, for what it is called */
        uint64_t n_asked;
        size_t *askers, n_askers; /* assignments */
        size_t *losers, n_losers; /* those that got nothing */
        Origin lost;              /* the first such request */
} Pool;

/* One request to a pool, and what it got. */
typedef struct Draw {
        size_t assignment, pool;
        const GpuRequest *request;
        size_t *gpus, n_gpus;
        size_t n_held; /* the first of these it has already */
} Draw;

/* What an instance holds while it runs. */
typedef struct Held {
        const char *instance;
        size_t gpu;
        bool drawn;
        const char *profile; /* of the vGPU that it was drawn as */
} Held;

typedef struct Assigner {
        Builder *b;
        size_t n_words; /* of a set of GPUs */
        uint64_t *set;  /* to work with */
        Pool *pools;
        size_t n_pools;
        Draw *draws; /* by assignment */
        size_t n_draws;
        Held *held; /* by instance */
        size_t n_held;
        bool *lost; /* assignments that did not get all they draw */

        Parts parts;
        /* vGPU types that any GPU offers, each once, and a set of these for each GPU */
        const VgpuType **types;
        size_t n_types, n_type_words;
        uint64_t *offers;
} Assigner;

static inline bool set_has(const uint64_t *set, size_t i)
{
        return set[i / 64] >> (i % 64) & 1;
}

static inline void set_add(uint64_t *set, size_t i)
{
        set[i / 64] |= UINT64_C(1) << (i % 64);
}

/* request.c: what a request means. */
int request_resolve(Assigner *as, size_t assignment, const GpuRequest *request) _must_check_;
int request_gpu(Assigner *as, size_t assignment, size_t gpu, Origin origin) _must_check_;
void request_refuse_gate(Assigner *as, Assignment *a, const GpuPlan *gpu, const PatternList *gate);

/* pool.c */
int pool_ask(Assigner *as, size_t assignment, const GpuRequest *request, bool vgpu,
             size_t n_unfit) _must_check_; /* the members are in as->set */
int pool_draw_all(Assigner *as) _must_check_;
void pool_done(Pool *pool);

/* slots.c: vGPUs. */
int slots_prepare(Assigner *as) _must_check_;
int slots_resolve(Assigner *as, size_t assignment, const GpuRequest *request) _must_check_;
bool slots_are_plain(const GpuPlan *gpu) _pure_; /* each VF is a vGPU as it is */
bool slots_take(Assigner *as, const Pool *pool, size_t gpu);
void slots_hold(Assigner *as, const Pool *pool, size_t gpu); /* one that exists already */
void slots_return(Assigner *as, const Pool *pool, size_t gpu, bool held);
uint64_t slots_room(const Assigner *as,
                    const Pool *pool); /* vGPUs that the pool ever has room for */

/* held.c: claims. */
int held_prepare(Assigner *as) _must_check_;
bool held_by(const Assigner *as, size_t gpu, const Instance *instance) _pure_;
size_t held_first(const Assigner *as, const char *instance) _pure_; /* index; n_held if none */

int assignment_add(Assignment *a, size_t gpu) _must_check_;

/* policy.c */
int policy_check_named(Builder *b) _must_check_;
int policy_check_all(Builder *b) _must_check_;

/* devices.c: what pci_passthrough names. */
int devices_name_gpus(Assigner *as, size_t assignment) _must_check_;
int devices_check(Builder *b) _must_check_;

#define REFUSE(b, a, code, origin, ...)                                                            \
        assignment_refuse(                                                                         \
                (a), (origin),                                                                     \
                finding_add(&(b)->plan->findings, (code), (a)->instance->name, __VA_ARGS__))

/* Hands the finding on, for its fix. */
Finding *assignment_refuse(Assignment *assignment, Origin origin, Finding *finding);

static inline const char *kind_words(InstanceKind kind)
{
        return kind == INSTANCE_VM ? "VM" : "container";
}
