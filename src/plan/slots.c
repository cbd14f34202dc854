// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/assign.h"
#include "plan/words.h"
#include "util/near.h"
#include "vendor/vendor.h"

/*
 * vGPUs. A GPU with VFs holds one on each, and no more than its memory gives. One whose vGPUs are
 * mediated devices of its own says how many more of each type it could make, if all were of that type.
 * A mix is counted by shares of the whole. This is what fits at most: the driver has the last word when
 * a vGPU is made.
 */

enum { WHOLE_SHARE = 1 << 24 };

bool slots_are_plain(const GpuPlan *g)
{
        unsigned kinds = vendor_find(g->device->id.vendor)->vgpu;

        return g->role == ROLE_VGPU && (kinds & VGPU_SRIOV) && g->device->mdev_types.n == 0 &&
               (g->entry->vfs > 0 || g->device->sriov_vfs > 0);
}

/* Types are few and VFs many, so each type is kept once, and found again by its id. */
static int add_type(Assigner *as, const VgpuType *type, size_t *ret)
{
        for (size_t i = 0; i < as->n_types; i++)
                if (streq(as->types[i]->id, type->id) &&
                    streq_ptr(as->types[i]->name, type->name)) {
                        *ret = i;
                        return 0;
                }
        if (!GROW(as->types, as->n_types))
                return -ENOMEM;
        *ret = as->n_types;
        as->types[as->n_types++] = type;
        return 0;
}

typedef struct Noting {
        Assigner *as;
        size_t gpu;
        bool counting;
} Noting;

/* Twice over all types: first they are counted, then noted for their GPU. */
static int note_type(void *userdata, const PciDevice *d, const VgpuType *type)
{
        Noting *noting = userdata;
        Assigner *as = noting->as;
        size_t at = 0;
        int r = add_type(as, type, &at);

        if (r >= 0 && !noting->counting)
                set_add(as->offers + noting->gpu * as->n_type_words, at);
        return r;
}

static int note_types(Assigner *as, bool counting)
{
        const Plan *plan = as->b->plan;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < plan->n_gpus; i++) {
                Noting noting = { .as = as, .gpu = i, .counting = counting };

                if (plan->gpus[i].role == ROLE_VGPU)
                        r = parts_for_types(&as->parts, plan, i, note_type, &noting);
        }
        return r;
}

int slots_prepare(Assigner *as)
{
        Plan *plan = as->b->plan;
        int r = parts_collect(plan, as->b->machine, &as->parts);

        if (r >= 0)
                r = note_types(as, true);
        if (r < 0)
                return r;
        as->n_type_words = as->n_types / 64 + 1;
        as->offers = calloc(plan->n_gpus * as->n_type_words + 1, sizeof(*as->offers));
        if (!as->offers)
                return -ENOMEM;
        for (size_t i = 0; i < plan->n_gpus; i++) {
                const GpuPlan *g = plan->gpus + i;

                if (g->role == ROLE_VGPU)
                        as->b->work[i].slots = g->entry->vfs ? g->entry->vfs : g->device->sriov_vfs;
        }
        return note_types(as, false);
}

static bool type_is(const Assigner *as, size_t gpu, const VgpuType *type, const char *profile)
{
        const Vendor *vendor = vendor_find(as->b->plan->gpus[gpu].device->id.vendor);

        return vendor_vgpu_matches(vendor, type->id, type->name, profile);
}

/* A GPU whose VFs are still to be made tells nothing, and is believed. */
static bool may_offer(const Assigner *as, size_t gpu, const char *profile)
{
        const uint64_t *offers = as->offers + gpu * as->n_type_words;
        bool silent = true;

        if (!profile)
                return slots_are_plain(as->b->plan->gpus + gpu);
        for (size_t i = 0; i < as->n_types; i++) {
                if (!set_has(offers, i))
                        continue;
                silent = false;
                if (type_is(as, gpu, as->types[i], profile))
                        return true;
        }
        return silent && !slots_are_plain(as->b->plan->gpus + gpu);
}

static bool counts_vfs(const Assigner *as, size_t gpu)
{
        return as->b->work[gpu].slots > 0;
}

/* How many vGPUs of this profile the whole GPU holds, if all are of it; SIZE_MAX: not told. */
static size_t parts_of(const Assigner *as, size_t gpu, const char *profile)
{
        const Vendor *vendor = vendor_find(as->b->plan->gpus[gpu].device->id.vendor);
        const VgpuTypeList *list = &as->b->plan->gpus[gpu].device->mdev_types;
        uint64_t card = as->parts.card_mb[gpu];

        for (size_t i = 0; profile && !counts_vfs(as, gpu) && i < list->n; i++)
                if (type_is(as, gpu, list->items + i, profile))
                        return list->items[i].available;
        for (size_t i = 0; profile && card > 0 && i < as->n_types; i++) {
                uint64_t mb = vendor_vgpu_framebuffer(vendor, as->types[i]);

                if (mb > 0 && type_is(as, gpu, as->types[i], profile))
                        return (size_t)(card / mb);
        }
        return counts_vfs(as, gpu) ? SIZE_MAX : 0;
}

static uint32_t share_of(const Assigner *as, size_t gpu, const char *profile)
{
        size_t n = parts_of(as, gpu, profile);

        return n == 0 ? WHOLE_SHARE + 1 : n < WHOLE_SHARE ? WHOLE_SHARE / (uint32_t)n : 0;
}

bool slots_take(Assigner *as, const Pool *p, size_t gpu)
{
        GpuWork *work = as->b->work + gpu;
        uint32_t share = share_of(as, gpu, p->profile);

        if (work->share_used + share > WHOLE_SHARE ||
            (counts_vfs(as, gpu) && work->slots_used >= work->slots))
                return false;
        work->share_used += share;
        work->slots_used++;
        return true;
}

/* What exists is taken off already from what a driver says it can still make, but not from a card's
 * memory. */
void slots_hold(Assigner *as, const Pool *p, size_t gpu)
{
        as->b->work[gpu].slots_used++;
        if (counts_vfs(as, gpu))
                as->b->work[gpu].share_used += share_of(as, gpu, p->profile);
}

void slots_return(Assigner *as, const Pool *p, size_t gpu, bool held)
{
        as->b->work[gpu].slots_used--;
        if (!held || counts_vfs(as, gpu))
                as->b->work[gpu].share_used -= share_of(as, gpu, p->profile);
}

static bool is_same(const Assigner *as, size_t gpu, const char *profile, const char *other)
{
        const VgpuTypeList *list = &as->b->plan->gpus[gpu].device->mdev_types;

        for (size_t i = 0; profile && other && i < list->n; i++)
                if (type_is(as, gpu, list->items + i, profile))
                        return type_is(as, gpu, list->items + i, other);
        return false;
}

static size_t count_held(const Assigner *as, size_t gpu, const char *profile)
{
        size_t n = 0;

        for (size_t i = 0; i < as->n_held; i++)
                n += as->held[i].gpu == gpu && is_same(as, gpu, profile, as->held[i].profile);
        return n;
}

uint64_t slots_room(const Assigner *as, const Pool *p)
{
        uint64_t n = 0;

        for (size_t i = 0; i < as->b->plan->n_gpus; i++) {
                size_t fits;

                if (!set_has(p->members, i))
                        continue;
                fits = parts_of(as, i, p->profile);
                if (counts_vfs(as, i))
                        n += fits < as->b->work[i].slots ? fits : as->b->work[i].slots;
                else
                        n += fits + count_held(as, i, p->profile);
        }
        return n;
}

static void refuse_unknown(Assigner *as, Assignment *a, const GpuRequest *q)
{
        Near near = { .word = q->profile ? q->profile : "" };
        _cleanup_str_buf_ StrBuf offered = {};
        Finding *f;

        for (size_t i = 0; i < as->n_types; i++) {
                const char *name = as->types[i]->name ? as->types[i]->name : as->types[i]->id;

                near_offer(&near, name);
                for (const char *p = name; *p; p++)
                        if (*p == ' ')
                                near_offer(&near, p + 1);
                words_add(&offered, name, i, as->n_types);
        }
        f = REFUSE(as->b, a, FINDING_VGPU_PROFILE_UNKNOWN, q->origin,
                   "%s asks for vGPU %s, and no GPU offers that; offered: %s", a->instance->name,
                   q->profile ? q->profile : "without a type", str_buf_get(&offered));
        if (near.best)
                finding_fix(f, "did you mean '%s'?", near.best);
        if (offered.failed)
                as->b->plan->findings.failed = true;
}

static bool meant(const GpuRequest *q, const GpuPlan *g)
{
        PciAddress address;

        if (q->has_match && !match_holds(&q->match, g->device))
                return false;
        if (!q->name)
                return true;
        return streq_ptr(q->name, g->name) || (pci_address_parse(q->name, &address) >= 0 &&
                                               pci_address_equal(address, g->device->address));
}

/* No GPU is there to be parted: said with what there is. */
static int refuse_roles(Assigner *as, Assignment *a, const GpuRequest *q, const GpuPlan *refused)
{
        const Plan *plan = as->b->plan;
        _cleanup_str_buf_ StrBuf roles = {};

        if (refused) {
                (void)REFUSE(as->b, a, FINDING_GPU_REFUSED, q->origin,
                             "%s asks for vGPU %s, but %s can't be parted: %s", a->instance->name,
                             q->profile ? q->profile : "", LABEL(refused),
                             refused->refusal ? refused->refusal : "it is cordoned");
                return 0;
        }
        words_add_roles(&roles, plan);
        if (roles.failed)
                return -ENOMEM;
        finding_fix(REFUSE(as->b, a, FINDING_ROLE_MISMATCH, q->origin,
                           "%s asks for vGPU %s, and no GPU has role vgpu%s%s", a->instance->name,
                           q->profile ? q->profile : "", plan->n_gpus > 0 ? ": " : "",
                           str_buf_get(&roles)),
                    "give a GPU that offers vGPUs role: vgpu, or ask for a whole one");
        return 0;
}

int slots_resolve(Assigner *as, size_t i, const GpuRequest *q)
{
        Plan *plan = as->b->plan;
        Assignment *a = plan->assignments + i;
        const GpuPlan *refused = NULL;
        const PatternList *gate = NULL;
        size_t n = 0, n_unfit = 0, n_members = 0, barred = 0;

        if (a->instance->kind != INSTANCE_VM) {
                (void)REFUSE(as->b, a, FINDING_ROLE_MISMATCH, q->origin,
                             "%s is a container and asks for a vGPU, which VMs alone can have",
                             a->instance->name);
                return 0;
        }
        memset(as->set, 0, as->n_words * sizeof(*as->set));
        for (size_t k = 0; k < plan->n_gpus; k++) {
                const GpuPlan *g = plan->gpus + k;

                if (g->role != ROLE_VGPU || !meant(q, g))
                        continue;
                if (g->guard == GUARD_REFUSED ||
                    (gpu_is_cordoned(g) && !held_by(as, k, a->instance))) {
                        refused = g;
                        n_unfit++;
                        continue;
                }
                n++;
                if (!may_offer(as, k, q->profile))
                        continue;
                if (allow_refusing_gate(a->instance, g->device->id)) {
                        gate = allow_refusing_gate(a->instance, g->device->id);
                        barred = k;
                        continue;
                }
                set_add(as->set, k);
                n_members++;
        }
        if (n == 0)
                return refuse_roles(as, a, q, refused);
        if (n_members == 0 && gate) {
                request_refuse_gate(as, a, plan->gpus + barred, gate);
                return 0;
        }
        if (n_members == 0) {
                refuse_unknown(as, a, q);
                return 0;
        }
        return pool_ask(as, i, q, true, n_unfit);
}
