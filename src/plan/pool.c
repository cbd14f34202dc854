// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/assign.h"
#include "plan/words.h"

void pool_done(Pool *p)
{
        free(p->members);
        free(p->askers);
        free(p->losers);
}

static bool same_pool(const Assigner *as, const Pool *p, bool vgpu, const char *profile)
{
        return p->vgpu == vgpu && streq_ptr(p->profile, profile) &&
               memcmp(p->members, as->set, as->n_words * sizeof(*as->set)) == 0;
}

static Pool *pool_new(Assigner *as, const GpuRequest *q, bool vgpu, size_t n_unfit)
{
        uint64_t *members = malloc(as->n_words * sizeof(*members));

        if (!members || !GROW(as->pools, as->n_pools)) {
                free(members);
                return NULL;
        }
        memcpy(members, as->set, as->n_words * sizeof(*members));
        as->pools[as->n_pools] = (Pool){
                .members = members,
                .n_unfit = n_unfit,
                .vgpu = vgpu,
                .profile = q->profile,
                .request = q,
        };
        return as->pools + as->n_pools++;
}

static int add_index(size_t **list, size_t *n, size_t i)
{
        if (!GROW(*list, *n))
                return -ENOMEM;
        (*list)[(*n)++] = i;
        return 0;
}

int pool_ask(Assigner *as, size_t assignment, const GpuRequest *q, bool vgpu, size_t n_unfit)
{
        Pool *p = NULL;
        int r;

        for (size_t i = as->n_pools; i-- > 0 && !p;)
                if (same_pool(as, as->pools + i, vgpu, q->profile))
                        p = as->pools + i;
        if (!p)
                p = pool_new(as, q, vgpu, n_unfit);
        if (!p || !GROW(as->draws, as->n_draws))
                return -ENOMEM;
        r = add_index(&p->askers, &p->n_askers, assignment);
        if (r < 0)
                return r;
        p->n_asked += q->count;
        as->draws[as->n_draws++] = (Draw){
                .assignment = assignment,
                .pool = (size_t)(p - as->pools),
                .request = q,
        };
        return 0;
}

static const Instance *instance_of(const Assigner *as, const Draw *d)
{
        return as->b->plan->assignments[d->assignment].instance;
}

static bool has(const Draw *d, size_t gpu)
{
        for (size_t i = 0; i < d->n_gpus; i++)
                if (d->gpus[i] == gpu)
                        return true;
        return false;
}

static int give(Assigner *as, Draw *d, size_t gpu)
{
        const Instance *instance = instance_of(as, d);
        GpuWork *work = as->b->work + gpu;

        if (!as->pools[d->pool].vgpu) {
                work->n_users++;
                work->n_autostart += instance->autostart;
                work->n_vms += instance->kind == INSTANCE_VM;
        }
        return add_index(&d->gpus, &d->n_gpus, gpu);
}

static void take_back(Assigner *as, Draw *d)
{
        const Instance *instance = instance_of(as, d);
        const Pool *p = as->pools + d->pool;

        for (size_t i = 0; i < d->n_gpus; i++) {
                GpuWork *work = as->b->work + d->gpus[i];

                if (p->vgpu) {
                        slots_return(as, p, d->gpus[i], i < d->n_held);
                        continue;
                }
                work->n_users--;
                work->n_autostart -= instance->autostart;
                work->n_vms -= instance->kind == INSTANCE_VM;
        }
        d->n_gpus = d->n_held = 0;
}

static int keep_held(Assigner *as, Draw *d)
{
        const char *name = instance_of(as, d)->name;
        const Pool *p = as->pools + d->pool;

        for (size_t i = held_first(as, name); i < as->n_held && streq(as->held[i].instance, name);
             i++) {
                Held *held = as->held + i;
                int r;

                if (d->n_gpus >= d->request->count || held->drawn ||
                    !set_has(p->members, held->gpu))
                        continue;
                held->drawn = true;
                held->profile = p->profile;
                if (p->vgpu)
                        slots_hold(as, p, held->gpu);
                r = give(as, d, held->gpu);
                if (r < 0)
                        return r;
                d->n_held++;
        }
        return 0;
}

/* How dear it is to give this GPU: the least dear is given. SIZE_MAX: it can't be. */
static size_t cost_of(const Assigner *as, const Draw *d, size_t gpu)
{
        const GpuPlan *g = as->b->plan->gpus + gpu;
        const GpuWork *work = as->b->work + gpu;
        const Instance *instance = instance_of(as, d);
        bool taken = g->claimed_by && !held_by(as, gpu, instance);
        size_t all = as->b->plan->n_assignments + 1;

        if (g->policy == POLICY_SWITCH)
                return work->n_users + (taken ? all : 0) +
                       (instance->autostart ? work->n_autostart * all : 0);
        if (g->policy == POLICY_SHARED && instance->kind == INSTANCE_CONTAINER)
                return work->n_vms > 0 ? SIZE_MAX : work->n_users;
        return work->n_users > 0 || taken ? SIZE_MAX : 0;
}

static size_t cheapest(const Assigner *as, const Draw *d)
{
        const Pool *p = as->pools + d->pool;
        size_t best = SIZE_MAX, least = SIZE_MAX;

        for (size_t i = 0; i < as->b->plan->n_gpus && least > 0; i++) {
                size_t cost;

                if (!set_has(p->members, i) || has(d, i))
                        continue;
                cost = cost_of(as, d, i);
                if (cost < least) {
                        least = cost;
                        best = i;
                }
        }
        return best;
}

static size_t next_slot(Assigner *as, const Draw *d)
{
        const Pool *p = as->pools + d->pool;

        for (size_t i = 0; i < as->b->plan->n_gpus; i++)
                if (set_has(p->members, i) && slots_take(as, p, i))
                        return i;
        return SIZE_MAX;
}

/* 1 if it got all, 0 if there was too little. */
static int draw(Assigner *as, Draw *d)
{
        bool vgpu = as->pools[d->pool].vgpu;

        while (d->n_gpus < d->request->count) {
                size_t gpu = vgpu ? next_slot(as, d) : cheapest(as, d);
                int r;

                if (gpu == SIZE_MAX)
                        return 0;
                r = give(as, d, gpu);
                if (r < 0)
                        return r;
        }
        return 1;
}

static size_t count_members(const Assigner *as, const Pool *p, size_t *ret_n_named)
{
        size_t n = 0;

        *ret_n_named = 0;
        for (size_t i = 0; i < as->b->plan->n_gpus; i++) {
                if (!set_has(p->members, i))
                        continue;
                if (as->b->work[i].n_named > 0)
                        (*ret_n_named)++;
                else
                        n++;
        }
        return n;
}

static void add_names(const Assigner *as, StrBuf *s, const size_t *list, size_t n)
{
        for (size_t i = 0; i < n; i++)
                words_add(s, as->b->plan->assignments[list[i]].instance->name, i, n);
}

static void add_pool_words(StrBuf *s, const Pool *p)
{
        bool one = p->n_asked == 1;

        str_buf_printf(s, "%llu %s%s", (unsigned long long)p->n_asked, p->vgpu ? "vGPU" : "GPU",
                       one ? "" : "s");
        if (p->profile) {
                str_buf_printf(s, " %s", p->profile);
        } else if (p->request->has_match) {
                str_buf_add(s, " (");
                words_add_match(s, &p->request->match);
                str_buf_add(s, ")");
        }
        str_buf_add(s, one ? " is" : " are");
}

/* One finding for all who draw from the pool, in numbers. */
static int report_losers(Assigner *as, const Pool *p)
{
        _cleanup_str_buf_ StrBuf what = {}, askers = {}, losers = {}, but = {};
        Plan *plan = as->b->plan;
        size_t n_named, n = count_members(as, p, &n_named);
        uint64_t exist = p->vgpu ? slots_room(as, p) : n;
        Finding *f;

        add_pool_words(&what, p);
        add_names(as, &askers, p->askers, p->n_askers);
        add_names(as, &losers, p->losers, p->n_losers);
        if (n_named > 0)
                str_buf_printf(&but, " beside %zu that others name", n_named);
        if (p->n_unfit > 0)
                str_buf_printf(&but, " (%zu more %s cordoned or may not leave the host)",
                               p->n_unfit, p->n_unfit == 1 ? "is" : "are");
        if (what.failed || askers.failed || losers.failed || but.failed)
                return -ENOMEM;
        f = finding_add(&plan->findings, FINDING_NO_CAPACITY,
                        plan->assignments[p->losers[0]].instance->name,
                        "%s asked for by %s, %llu exist%s%s: %s get%s none", str_buf_get(&what),
                        str_buf_get(&askers), (unsigned long long)exist, exist == 1 ? "s" : "",
                        str_buf_get(&but), str_buf_get(&losers), p->n_losers == 1 ? "s" : "");
        finding_at(f, p->lost);
        for (size_t i = 0; i < p->n_losers; i++)
                refuse_instance(plan->assignments + p->losers[i], f);
        return 0;
}

/* All draws of the instance come to nothing with this one. */
static int lose(Assigner *as, size_t i)
{
        size_t assignment = as->draws[i].assignment;
        Pool *p = as->pools + as->draws[i].pool;

        for (size_t k = i + 1; k > 0 && as->draws[k - 1].assignment == assignment; k--)
                take_back(as, as->draws + k - 1);
        for (size_t k = i + 1; k < as->n_draws && as->draws[k].assignment == assignment; k++)
                take_back(as, as->draws + k);
        as->lost[assignment] = true;
        if (p->n_losers == 0)
                p->lost = as->draws[i].request->origin;
        return add_index(&p->losers, &p->n_losers, assignment);
}

static int compare_indices(const void *pa, const void *pb)
{
        size_t a = *(const size_t *)pa, b = *(const size_t *)pb;

        return a < b ? -1 : a > b;
}

static int deliver(Assigner *as, Draw *d)
{
        Assignment *a = as->b->plan->assignments + d->assignment;

        if (d->n_gpus > 1)
                qsort(d->gpus, d->n_gpus, sizeof(*d->gpus), compare_indices);
        if (d->n_gpus > 0 && as->pools[d->pool].vgpu)
                a->vgpu_profile = d->request->profile ? d->request->profile : "";
        for (size_t i = 0; i < d->n_gpus; i++) {
                int r = assignment_add(a, d->gpus[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}

static bool out(const Assigner *as, const Draw *d)
{
        return as->b->plan->assignments[d->assignment].refused || as->lost[d->assignment];
}

int pool_draw_all(Assigner *as)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < as->n_draws; i++)
                if (!out(as, as->draws + i))
                        r = keep_held(as, as->draws + i);
        for (size_t i = 0; r >= 0 && i < as->n_draws; i++) {
                if (out(as, as->draws + i))
                        continue;
                r = draw(as, as->draws + i);
                if (r == 0)
                        r = lose(as, i);
        }
        for (size_t i = 0; r >= 0 && i < as->n_draws; i++)
                if (!out(as, as->draws + i))
                        r = deliver(as, as->draws + i);
        for (size_t i = 0; r >= 0 && i < as->n_pools; i++)
                if (as->pools[i].n_losers > 0)
                        r = report_losers(as, as->pools + i);
        return r;
}
