// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/assign.h"
#include "plan/words.h"
#include "util/near.h"

/* Whole GPUs: a VM needs one that leaves the host, a container one that stays or is there at times. */
static bool usable(InstanceKind kind, GpuRole role)
{
        return role == ROLE_ON_DEMAND ||
               role == (kind == INSTANCE_VM ? ROLE_PASSTHROUGH : ROLE_HOST);
}

static Assignment *assignment_of(const Assigner *as, size_t i)
{
        return as->b->plan->assignments + i;
}

static void refuse_role(Assigner *as, Assignment *a, const GpuPlan *g, Origin origin)
{
        _cleanup_str_buf_ StrBuf where = {};
        Finding *f;

        words_add_origin(&where, gpu_origin(g));
        f = REFUSE(as->b, a, FINDING_ROLE_MISMATCH, origin,
                   "%s is a %s and asks for %s, whose role is %s%s", a->instance->name,
                   kind_words(a->instance->kind), LABEL(g),
                   enum_to_string(&gpu_role_table, g->role),
                   g->entry ? str_buf_get(&where) : " (no gpus: entry matches it)");
        if (g->role == ROLE_VGPU && a->instance->kind == INSTANCE_VM)
                finding_fix(f, "say which vGPU of it: gpu: {profile: …}; gpuhost resources shows "
                               "what is offered");
        else
                finding_fix(f, "give it role: %s, or ask for another GPU",
                            a->instance->kind == INSTANCE_VM ? "passthrough or on-demand"
                                                             : "host or on-demand");
        if (where.failed)
                as->b->plan->findings.failed = true;
}

/* What is cordoned serves on who has it, and nobody else. */
static bool barred(const Assigner *as, const Assignment *a, size_t gpu)
{
        return gpu_is_cordoned(as->b->plan->gpus + gpu) && !held_by(as, gpu, a->instance);
}

static void refuse_barred(Assigner *as, Assignment *a, const GpuPlan *g, Origin origin)
{
        const char *why = g->device->cordoned;
        Finding *f =
                REFUSE(as->b, a, FINDING_CORDONED, origin, "%s asks for %s, which is cordoned: %s",
                       a->instance->name, LABEL(g), why ? why : "nothing new starts on it");

        if (why)
                finding_fix(
                        f, "when it works again, remove /run/gpuhost/cordoned/%s; a reboot does so",
                        ADDRESS(g->device->address));
        else
                finding_fix(f, "remove cordoned: true from its gpus: entry (%s:%u)",
                            g->entry->origin.file ? g->entry->origin.file : "host.d",
                            g->entry->origin.line);
}

static const PatternList *refusing_gate(const Assignment *a, const GpuPlan *g)
{
        return a->instance->kind == INSTANCE_VM ? allow_refusing_gate(a->instance, g->device->id)
                                                : NULL;
}

void request_refuse_gate(Assigner *as, Assignment *a, const GpuPlan *g, const PatternList *gate)
{
        _cleanup_str_buf_ StrBuf where = {};
        Finding *f;

        words_add_origin(&where, gate->origin);
        f = REFUSE(as->b, a, FINDING_DEVICE_NOT_ALLOWED, gate->origin,
                   "%s asks for %s, but its devices.allowlist%s does not let %s pass",
                   a->instance->name, LABEL(g), str_buf_get(&where), ID(g->device->id));
        finding_fix(f, "add \"%s\" to that list", ID(g->device->id));
        if (where.failed)
                as->b->plan->findings.failed = true;
}

static int add_named(Assigner *as, size_t i, size_t gpu)
{
        Assignment *a = assignment_of(as, i);
        GpuWork *work = as->b->work + gpu;
        int r;

        for (size_t k = 0; k < a->n_gpus; k++)
                if (a->gpus[k] == gpu)
                        return 0;
        r = assignment_add(a, gpu);
        if (r < 0)
                return r;
        work->n_users++;
        work->n_named++;
        work->n_autostart += a->instance->autostart;
        work->n_vms += a->instance->kind == INSTANCE_VM;
        return 0;
}

/* This very GPU is asked for. */
int request_gpu(Assigner *as, size_t i, size_t gpu, Origin origin)
{
        const GpuPlan *g = as->b->plan->gpus + gpu;
        Assignment *a = assignment_of(as, i);
        const PatternList *gate;

        if (!usable(a->instance->kind, g->role)) {
                refuse_role(as, a, g, origin);
                return 0;
        }
        if (g->guard == GUARD_REFUSED) {
                (void)REFUSE(as->b, a, FINDING_GPU_REFUSED, origin,
                             "%s asks for %s, which must stay with the host: %s", a->instance->name,
                             LABEL(g), g->refusal);
                return 0;
        }
        gate = refusing_gate(a, g);
        if (gate) {
                request_refuse_gate(as, a, g, gate);
                return 0;
        }
        if (barred(as, a, gpu))
                refuse_barred(as, a, g, origin);
        return add_named(as, i, gpu);
}

/* What is in as->set is what may be meant; what of it this instance can't have is taken out. */
static int ask_pool(Assigner *as, size_t i, const GpuRequest *q)
{
        const Plan *plan = as->b->plan;
        const Assignment *a = assignment_of(as, i);
        const PatternList *gate = NULL;
        size_t n_unfit = 0, n = 0, some = 0;

        for (size_t k = 0; k < plan->n_gpus; k++) {
                const GpuPlan *g = plan->gpus + k;

                if (!set_has(as->set, k))
                        continue;
                if (refusing_gate(a, g)) {
                        gate = refusing_gate(a, g);
                        some = k;
                } else if (g->guard == GUARD_REFUSED || barred(as, a, k)) {
                        n_unfit++;
                } else {
                        n++;
                        continue;
                }
                as->set[k / 64] &= ~(UINT64_C(1) << (k % 64));
        }
        if (n == 0 && gate) {
                request_refuse_gate(as, assignment_of(as, i), plan->gpus + some, gate);
                return 0;
        }
        return pool_ask(as, i, q, false, n_unfit);
}

/* Fills as->set with those of the GPUs that `matches` that this kind can use; returns how many, and one
 * of them, or one that has the wrong role. */
static size_t collect(Assigner *as, size_t i, const GpuMatch *match, const GpuEntry *entry,
                      size_t *ret_one, size_t *ret_n_wrong)
{
        const Plan *plan = as->b->plan;
        InstanceKind kind = assignment_of(as, i)->instance->kind;
        size_t n = 0;

        *ret_n_wrong = 0;
        memset(as->set, 0, as->n_words * sizeof(*as->set));
        for (size_t k = 0; k < plan->n_gpus; k++) {
                const GpuPlan *g = plan->gpus + k;

                if ((match && !match_holds(match, g->device)) || (entry && g->entry != entry))
                        continue;
                if (usable(kind, g->role)) {
                        set_add(as->set, k);
                        *ret_one = k;
                        n++;
                } else {
                        if (n == 0 && *ret_n_wrong == 0)
                                *ret_one = k;
                        (*ret_n_wrong)++;
                }
        }
        return n;
}

/* A GPU whose VFs are vGPUs as they are may be asked for like a whole one. */
static bool means_a_slot(const Assigner *as, size_t i, size_t gpu)
{
        return assignment_of(as, i)->instance->kind == INSTANCE_VM &&
               slots_are_plain(as->b->plan->gpus + gpu);
}

static int resolve_any(Assigner *as, size_t i, const GpuRequest *q)
{
        const Plan *plan = as->b->plan;
        Assignment *a = assignment_of(as, i);
        _cleanup_str_buf_ StrBuf roles = {};
        size_t one = 0, n_wrong, n = collect(as, i, NULL, NULL, &one, &n_wrong);

        if (n == 1)
                return request_gpu(as, i, one, q->origin);
        if (n > 1)
                return ask_pool(as, i, q);
        if (plan->n_gpus == 0) {
                (void)REFUSE(as->b, a, FINDING_NO_CAPACITY, q->origin,
                             "1 GPU is asked for by %s, 0 exist", a->instance->name);
                return 0;
        }
        words_add_roles(&roles, plan);
        if (roles.failed)
                return -ENOMEM;
        finding_fix(REFUSE(as->b, a, FINDING_ROLE_MISMATCH, q->origin,
                           "%s is a %s and asks for any GPU of role %s, and there is none: %s",
                           a->instance->name, kind_words(a->instance->kind),
                           a->instance->kind == INSTANCE_VM ? "passthrough or on-demand"
                                                            : "host or on-demand",
                           str_buf_get(&roles)),
                    "declare a role in host.d, as gpuhost suggest shows");
        return 0;
}

static int resolve_match(Assigner *as, size_t i, const GpuRequest *q)
{
        const Plan *plan = as->b->plan;
        Assignment *a = assignment_of(as, i);
        size_t one = 0, n_wrong, n = collect(as, i, &q->match, NULL, &one, &n_wrong);

        if (n + n_wrong == 0) {
                (void)REFUSE(as->b, a, FINDING_NO_SUCH_GPU, q->origin,
                             "%s asks for a GPU by match, and none of the %zu GPUs of this machine "
                             "matches",
                             a->instance->name, plan->n_gpus);
                return 0;
        }
        if (n == 0 && means_a_slot(as, i, one))
                return slots_resolve(as, i, q);
        if (n == 0) {
                refuse_role(as, a, plan->gpus + one, q->origin);
                return 0;
        }
        return q->match.has_address ? request_gpu(as, i, one, q->origin) : ask_pool(as, i, q);
}

/* No GPU is called so: because no entry is, or because the entry holds for none. */
static void refuse_name(Assigner *as, Assignment *a, const GpuRequest *q)
{
        const HostConfig *host = &as->b->config->host;
        Near near = { .word = q->name };
        const GpuEntry *declared = NULL;
        Finding *f;

        for (size_t k = 0; k < host->n_gpus; k++) {
                const GpuEntry *e = host->gpus + k;

                if (!e->name)
                        continue;
                near_offer(&near, e->name);
                if (streq(e->name, q->name))
                        declared = e;
        }
        if (declared) {
                _cleanup_str_buf_ StrBuf where = {};

                words_add_origin(&where, declared->origin);
                (void)REFUSE(
                        as->b, a, FINDING_NO_SUCH_GPU, q->origin,
                        "%s asks for GPU '%s', but that gpus: entry%s holds for no GPU of this "
                        "machine",
                        a->instance->name, q->name, str_buf_get(&where));
                if (where.failed)
                        as->b->plan->findings.failed = true;
                return;
        }
        f = REFUSE(as->b, a, FINDING_NO_SUCH_GPU, q->origin,
                   "%s asks for GPU '%s', and no gpus: entry has that name", a->instance->name,
                   q->name);
        if (near.best)
                finding_fix(f, "did you mean '%s'?", near.best);
}

static int resolve_address(Assigner *as, size_t i, const GpuRequest *q, PciAddress address)
{
        const GpuPlan *g = plan_find_gpu(as->b->plan, address);
        Assignment *a = assignment_of(as, i);

        if (g && means_a_slot(as, i, gpu_index(as->b->plan, g)))
                return slots_resolve(as, i, q);
        if (g)
                return request_gpu(as, i, gpu_index(as->b->plan, g), q->origin);
        (void)REFUSE(as->b, a, FINDING_NO_SUCH_GPU, q->origin,
                     machine_find_device(as->b->machine, address)
                             ? "%s asks for GPU %s, which is no GPU"
                             : "%s asks for GPU %s, and there is none at that address",
                     a->instance->name, ADDRESS(address));
        return 0;
}

static int resolve_name(Assigner *as, size_t i, const GpuRequest *q)
{
        const Plan *plan = as->b->plan;
        Assignment *a = assignment_of(as, i);
        const GpuPlan *first = NULL;
        size_t one = 0, n_wrong, n;
        PciAddress address;

        if (pci_address_parse(q->name, &address) >= 0)
                return resolve_address(as, i, q, address);
        for (size_t k = 0; k < plan->n_gpus && !first; k++)
                if (plan->gpus[k].name && streq(plan->gpus[k].name, q->name))
                        first = plan->gpus + k;
        if (!first) {
                refuse_name(as, a, q);
                return 0;
        }
        n = collect(as, i, NULL, first->entry, &one, &n_wrong);
        if (n == 0 && means_a_slot(as, i, one))
                return slots_resolve(as, i, q);
        return n + n_wrong == 1 || n == 0 ? request_gpu(as, i, one, q->origin) : ask_pool(as, i, q);
}

int request_resolve(Assigner *as, size_t i, const GpuRequest *q)
{
        if (q->profile)
                return slots_resolve(as, i, q);
        if (q->name)
                return resolve_name(as, i, q);
        return q->has_match ? resolve_match(as, i, q) : resolve_any(as, i, q);
}
