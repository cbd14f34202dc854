// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/assign.h"

static void assigner_done(Assigner *as)
{
        for (size_t i = 0; i < as->n_pools; i++)
                pool_done(as->pools + i);
        for (size_t i = 0; i < as->n_draws; i++)
                free(as->draws[i].gpus);
        free(as->set);
        free(as->pools);
        free(as->draws);
        free(as->held);
        free(as->lost);
        free(as->types);
        free(as->offers);
        parts_done(&as->parts);
}

int assignment_add(Assignment *a, size_t gpu)
{
        if (!GROW(a->gpus, a->n_gpus))
                return -ENOMEM;
        a->gpus[a->n_gpus++] = gpu;
        return 0;
}

Finding *assignment_refuse(Assignment *a, Origin origin, Finding *f)
{
        if (!origin.file)
                origin = (Origin){ .file = a->instance->file };
        finding_at(f, origin);
        refuse_instance(a, f);
        return f;
}

static void refuse_silently(Assignment *a, const char *why)
{
        a->refused = true;
        a->refusal = why;
}

static const Running *running_of(const Machine *m, const Instance *instance)
{
        for (size_t i = 0; instance->kind == INSTANCE_VM && i < m->n_running; i++)
                if (streq(m->running[i].instance, instance->name))
                        return m->running + i;
        return NULL;
}

/* All are listed; those with an error of their own, and all if host.d has one, are not started. */
static int list_instances(Builder *b)
{
        Plan *plan = b->plan;
        const Config *config = b->config;

        plan->assignments = calloc(config->n_instances + 1, sizeof(Assignment));
        if (!plan->assignments)
                return -ENOMEM;
        plan->n_assignments = config->n_instances;
        for (size_t i = 0; i < config->n_instances; i++) {
                plan->assignments[i].instance = config->instances[i];
                plan->assignments[i].running = running_of(b->machine, config->instances[i]);
                if (!config->host_valid)
                        refuse_silently(plan->assignments + i,
                                        "host.d has an error, and nothing starts until it is "
                                        "corrected");
                else if (!config->instances[i]->valid)
                        refuse_silently(plan->assignments + i, "its configuration has an error");
        }
        return 0;
}

static int resolve_instance(Assigner *as, size_t i)
{
        const Instance *instance = as->b->plan->assignments[i].instance;
        int r = 0;

        if (!instance->valid)
                return 0;
        for (size_t k = 0; r >= 0 && k < instance->gpu.n; k++)
                r = request_resolve(as, i, instance->gpu.items + k);
        if (r >= 0 && instance->kind == INSTANCE_VM)
                r = devices_name_gpus(as, i);
        return r;
}

static int assign(Assigner *as)
{
        Plan *plan = as->b->plan;
        int r;

        as->n_words = plan->n_gpus / 64 + 1;
        as->set = calloc(as->n_words, sizeof(*as->set));
        as->lost = calloc(plan->n_assignments + 1, sizeof(*as->lost));
        if (!as->set || !as->lost)
                return -ENOMEM;
        r = held_prepare(as);
        if (r >= 0)
                r = slots_prepare(as);
        for (size_t i = 0; r >= 0 && i < plan->n_assignments; i++)
                r = resolve_instance(as, i);
        if (r >= 0)
                r = policy_check_named(as->b);
        return r < 0 ? r : pool_draw_all(as);
}

int assign_instances(Builder *b)
{
        _cleanup_(assigner_done) Assigner as = { .b = b };
        int r = list_instances(b);

        if (r < 0 || !b->config->host_valid)
                return r;
        if ((r = assign(&as)) < 0 || (r = devices_check(b)) < 0 || (r = policy_check_all(b)) < 0)
                return r;
        together_check(b);
        return 0;
}
