// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What GPUs are parted into at present. */

#include "model/plan.h"

typedef struct Parts {
        size_t *first; /* the VFs of GPU i: vfs[first[i]] up to vfs[first[i + 1]] */
        const PciDevice **vfs;
        size_t *n_claims;  /* of each GPU */
        uint64_t *card_mb; /* video memory of each GPU that vGPUs can have; 0: not known */
} Parts;

int parts_collect(const Plan *plan, const Machine *machine, Parts *ret) _must_check_;
void parts_done(Parts *parts);
#define _cleanup_parts_ _cleanup_(parts_done)

static inline size_t parts_n_vfs(const Parts *p, size_t gpu)
{
        return p->first[gpu + 1] - p->first[gpu];
}

/* Calls for every type that the GPU or one of its VFs offers; a type may come once for each VF. A
 * negative ends it. */
typedef int (*TypeVisitor)(void *userdata, const PciDevice *function, const VgpuType *type);
int parts_for_types(const Parts *parts, const Plan *plan, size_t gpu, TypeVisitor visit,
                    void *userdata);

/* A VF that holds a vGPU, as far as its driver tells. */
bool parts_vf_in_use(const PciDevice *vf) _pure_;
