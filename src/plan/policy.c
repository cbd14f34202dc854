// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/assign.h"
#include "plan/words.h"
#include "vendor/vendor.h"

/* What several instances on one GPU mean, by its policy. */

/* The assignments that have each GPU, in order: of GPU i, users[first[i]] up to users[first[i + 1]]. */
typedef struct Access {
        size_t *first, *users;
} Access;

static void access_done(Access *a)
{
        free(a->first);
        free(a->users);
}

static int access_collect(const Plan *plan, Access *ret)
{
        _cleanup_(access_done) Access a = {};
        size_t n = 0;

        a.first = calloc(plan->n_gpus + 2, sizeof(size_t));
        if (!a.first)
                return -ENOMEM;
        for (size_t i = 0; i < plan->n_assignments; i++)
                for (size_t k = 0; k < plan->assignments[i].n_gpus; k++, n++)
                        a.first[plan->assignments[i].gpus[k] + 2]++;
        for (size_t i = 2; i < plan->n_gpus + 2; i++)
                a.first[i] += a.first[i - 1];
        a.users = calloc(n + 1, sizeof(size_t));
        if (!a.users)
                return -ENOMEM;
        /* first[i + 1] runs through the users of i, and so ends where those of i + 1 begin. */
        for (size_t i = 0; i < plan->n_assignments; i++)
                for (size_t k = 0; k < plan->assignments[i].n_gpus; k++)
                        a.users[a.first[plan->assignments[i].gpus[k] + 1]++] = i;
        *ret = TAKE_GENERIC(a, (Access){});
        return 0;
}

typedef bool (*Chooser)(const Instance *instance);

static bool is_any(const Instance *instance)
{
        return true;
}

static bool is_vm(const Instance *instance)
{
        return instance->kind == INSTANCE_VM;
}

static bool starts_at_boot(const Instance *instance)
{
        return instance->autostart;
}

static size_t count(const Builder *b, const size_t *users, size_t n, Chooser chosen)
{
        size_t k = 0;

        for (size_t i = 0; i < n; i++)
                k += chosen(b->plan->assignments[users[i]].instance);
        return k;
}

/* "gpu-server, work-gpu" */
static void add_users(const Builder *b, StrBuf *s, const size_t *users, size_t n, Chooser chosen)
{
        size_t total = count(b, users, n, chosen), k = 0;

        for (size_t i = 0; i < n; i++) {
                const Instance *instance = b->plan->assignments[users[i]].instance;

                if (!chosen(instance))
                        continue;
                if (total <= LIST_SHOWN + 1 || k < LIST_SHOWN)
                        str_buf_printf(s, "%s%s", k > 0 ? ", " : "", instance->name);
                k++;
        }
        if (total > LIST_SHOWN + 1)
                str_buf_printf(s, " and %zu others", total - LIST_SHOWN);
}

static void refuse_users(Builder *b, const size_t *users, size_t n, Chooser chosen,
                         const Finding *f)
{
        for (size_t i = 0; i < n; i++)
                if (chosen(b->plan->assignments[users[i]].instance))
                        refuse_instance(b->plan->assignments + users[i], f);
}

/* None of them is known to be right, so none of them starts. */
static void refuse_conflict(Builder *b, const GpuPlan *g, const size_t *users, size_t n,
                            const char *names)
{
        bool vms = count(b, users, n, is_vm) > 0;
        const char *address = ADDRESS(g->device->address);
        Finding *f;

        if (g->policy == POLICY_SHARED)
                f = finding_add(&b->plan->findings, FINDING_POLICY_CONFLICT, address,
                                "GPU policy is 'shared', but a VM's device never is, and %zu "
                                "instances have access to GPU %s: %s. Set gpu_policy: switch to "
                                "let them take turns.",
                                n, address, names);
        else
                f = finding_add(&b->plan->findings, FINDING_POLICY_CONFLICT, address,
                                "GPU policy is 'exclusive' but %zu instances have access to GPU "
                                "%s: %s. Set gpu_policy: %s.",
                                n, address, names,
                                vms ? "switch to let them take turns" : "shared to allow this");
        finding_fix(f, "%s",
                    vms ? "set policy: switch in the GPU's gpus: entry or gpu_policy: "
                          "switch for all, or give one of them another GPU"
                        : "set policy: shared in the GPU's gpus: entry or gpu_policy: "
                          "shared for all, or give one of them another GPU");
        finding_at(f, gpu_origin(g));
        refuse_users(b, users, n, is_any, f);
}

static int check_named(Builder *b, const GpuPlan *g, const size_t *users, size_t n)
{
        _cleanup_str_buf_ StrBuf names = {};

        if (n < 2 || g->policy == POLICY_SWITCH || g->role == ROLE_VGPU ||
            (g->policy == POLICY_SHARED && count(b, users, n, is_vm) == 0))
                return 0;
        add_users(b, &names, users, n, is_any);
        if (names.failed)
                return -ENOMEM;
        refuse_conflict(b, g, users, n, str_buf_get(&names));
        return 0;
}

static int check_shared(Builder *b, const GpuPlan *g, const size_t *users, size_t n)
{
        _cleanup_str_buf_ StrBuf names = {};
        Finding *f;

        if (n < 2 || g->policy != POLICY_SHARED || count(b, users, n, is_vm) > 0)
                return 0;
        add_users(b, &names, users, n, is_any);
        if (names.failed)
                return -ENOMEM;
        f = finding_add(&b->plan->findings, FINDING_POLICY_SHARED, ADDRESS(g->device->address),
                        "%zu containers share %s: %s", n, LABEL(g), str_buf_get(&names));
        finding_fix(f, "%s", vendor_find(g->device->id.vendor)->isolation);
        finding_at(f, gpu_origin(g));
        return 0;
}

static int check_switch(Builder *b, const GpuPlan *g, const size_t *users, size_t n)
{
        _cleanup_str_buf_ StrBuf names = {};
        size_t k = count(b, users, n, starts_at_boot);
        Finding *f;

        if (k < 2 || g->policy != POLICY_SWITCH || g->role == ROLE_VGPU)
                return 0;
        add_users(b, &names, users, n, starts_at_boot);
        if (names.failed)
                return -ENOMEM;
        f = finding_add(&b->plan->findings, FINDING_SWITCH_AUTOSTART, ADDRESS(g->device->address),
                        "GPU policy is 'switch' and %zu instances on GPU %s start at boot: %s. "
                        "Keep autostart: true in one of them.",
                        k, ADDRESS(g->device->address), str_buf_get(&names));
        finding_at(f, gpu_origin(g));
        refuse_users(b, users, n, starts_at_boot, f);
        return 0;
}

static int for_all(Builder *b,
                   int (*check)(Builder *, const GpuPlan *, const size_t *users, size_t n))
{
        _cleanup_(access_done) Access access = {};
        int r = access_collect(b->plan, &access);

        for (size_t i = 0; r >= 0 && i < b->plan->n_gpus; i++)
                r = check(b, b->plan->gpus + i, access.users + access.first[i],
                          access.first[i + 1] - access.first[i]);
        return r;
}

/* Before pools are drawn from. */
int policy_check_named(Builder *b)
{
        return for_all(b, check_named);
}

static int note_users(Builder *b, const GpuPlan *gpu, const size_t *users, size_t n)
{
        GpuPlan *g = b->plan->gpus + gpu_index(b->plan, gpu);

        if (n == 0)
                return 0;
        g->users = calloc(n, sizeof(*g->users));
        if (!g->users)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                g->users[g->n_users++] = b->plan->assignments[users[i]].instance;
        return 0;
}

/* When all is drawn. */
int policy_check_all(Builder *b)
{
        int r = for_all(b, check_shared);

        if (r >= 0)
                r = for_all(b, check_switch);
        return r < 0 ? r : for_all(b, note_users);
}
