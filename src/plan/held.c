// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/assign.h"

/* Claims by instance: what runs keeps what it has. */

static int compare_held(const void *pa, const void *pb)
{
        const Held *a = pa, *b = pb;
        int r = strcmp(a->instance, b->instance);

        return r ? r : a->gpu < b->gpu ? -1 : a->gpu > b->gpu;
}

int held_prepare(Assigner *as)
{
        const Machine *m = as->b->machine;

        as->held = calloc(m->n_claims + 1, sizeof(Held));
        if (!as->held)
                return -ENOMEM;
        for (size_t i = 0; i < m->n_claims; i++) {
                const GpuPlan *g = gpu_of_function(as->b, m->claims[i].address);

                if (g)
                        as->held[as->n_held++] = (Held){
                                .instance = m->claims[i].instance,
                                .gpu = gpu_index(as->b->plan, g),
                        };
        }
        qsort(as->held, as->n_held, sizeof(Held), compare_held);
        return 0;
}

size_t held_first(const Assigner *as, const char *instance)
{
        size_t low = 0, high = as->n_held;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(as->held[middle].instance, instance) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < as->n_held && streq(as->held[low].instance, instance) ? low : as->n_held;
}

bool held_by(const Assigner *as, size_t gpu, const Instance *instance)
{
        for (size_t i = held_first(as, instance->name);
             i < as->n_held && streq(as->held[i].instance, instance->name); i++)
                if (as->held[i].gpu == gpu)
                        return true;
        return false;
}
