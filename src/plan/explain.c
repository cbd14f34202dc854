// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/explain.h"

#include "plan/builder.h"
#include "plan/words.h"
#include "vendor/vendor.h"

void explain_lines_done(ExplainLines *lines)
{
        for (size_t i = 0; i < lines->n; i++)
                free(lines->items[i].text);
        free(lines->items);
        *lines = (ExplainLines){};
}

/* Takes the text, and leaves an empty buffer behind. */
static int add_line(ExplainLines *lines, const char *label, StrBuf *text)
{
        _cleanup_free_ char *s = str_buf_take(text);

        if (!s || !GROW(lines->items, lines->n))
                return -ENOMEM;
        lines->items[lines->n++] = (ExplainLine){ .label = label, .text = TAKE_PTR(s) };
        return 0;
}

typedef struct Question {
        const Plan *plan;
        const Config *config;
        const Machine *machine;
        const GpuPlan *gpu;
} Question;

static void say_gpu(const Question *q, StrBuf *s)
{
        const PciDevice *d = q->gpu->device;

        str_buf_printf(s, "%s %s", ADDRESS(d->address), ID(d->id));
        if (d->vendor_name)
                str_buf_printf(s, " %s", d->vendor_name);
        if (d->device_name)
                str_buf_printf(s, " %s", d->device_name);
}

static void say_name(const Question *q, StrBuf *s)
{
        if (q->gpu->name)
                str_buf_add(s, q->gpu->name);
}

static void say_role(const Question *q, StrBuf *s)
{
        str_buf_add(s, enum_to_string(&gpu_role_table, q->gpu->role));
        if (q->gpu->entry)
                words_add_origin(s, q->gpu->entry->origin);
        else
                str_buf_add(s, " (no gpus: entry matches it)");
}

static void say_overridden(const Question *q, StrBuf *s)
{
        for (size_t i = 0; i < q->gpu->n_overridden; i++) {
                const GpuEntry *e = q->gpu->overridden[i];

                str_buf_printf(s, "%s%s%s%s", i > 0 ? ", " : "",
                               enum_to_string(&gpu_role_table, e->role), e->name ? " as " : "",
                               e->name ? e->name : "");
                words_add_origin(s, e->origin);
        }
}

static void say_policy(const Question *q, StrBuf *s)
{
        str_buf_add(s, enum_to_string(&gpu_policy_table, q->gpu->policy));
        if (q->gpu->entry && q->gpu->entry->has_policy)
                str_buf_add(s, " (its own)");
}

static void say_driver(const Question *q, StrBuf *s)
{
        const char *now = q->gpu->device->driver, *wanted = q->gpu->driver;

        str_buf_add(s, now ? now : "none");
        if (q->gpu->guard == GUARD_REFUSED || !wanted)
                return;
        if (streq_ptr(now, wanted))
                str_buf_add(s, ", as it should be");
        else if (q->gpu->role == ROLE_ON_DEMAND)
                str_buf_printf(s, ", and %s while a VM has it", wanted);
        else
                str_buf_printf(s, ", should be %s", wanted);
}

static void say_slot(const Question *q, StrBuf *s)
{
        for (size_t i = 0; i < q->gpu->n_companions; i++)
                words_add_device(s, q->machine, q->gpu->companions[i], i, q->gpu->n_companions);
        if (q->gpu->n_companions > 0)
                str_buf_printf(s, " %s along", q->gpu->n_companions == 1 ? "goes" : "go");
}

static void say_group(const Question *q, StrBuf *s)
{
        const GpuPlan *g = q->gpu;

        if (g->device->iommu_group < 0) {
                str_buf_add(s, "none");
                return;
        }
        str_buf_printf(s, "%d", g->device->iommu_group);
        str_buf_add(s, g->n_group_mates > 0 ? ", with " : ", and nobody else in it");
        for (size_t i = 0; i < g->n_group_mates; i++)
                words_add_device(s, q->machine, g->group_mates[i], i, g->n_group_mates);
}

static void say_console(const Question *q, StrBuf *s)
{
        const PciDevice *d = q->gpu->device;

        if (!d->boot_vga && !d->boot_display)
                return;
        str_buf_add(s, "it drives the boot console");
        if (q->gpu->entry && q->gpu->entry->allow_console)
                str_buf_add(s, ", and may leave all the same (allow_console: true)");
}

static void say_allowlist(const Question *q, StrBuf *s)
{
        const PatternList *list = &q->config->host.allowlist;
        PciId id = q->gpu->device->id;

        for (size_t i = 0; i < list->n; i++) {
                if (!device_pattern_matches(list->items[i], id))
                        continue;
                str_buf_printf(s, "\"%s\" lets it leave",
                               device_pattern_format(list->items[i], (char[PCI_ID_MAX]){}));
                words_add_origin(s, list->origins ? list->origins[i] : list->origin);
                return;
        }
        str_buf_printf(s, "nothing in it lets %s leave", ID(id));
}

static void say_guard(const Question *q, StrBuf *s)
{
        const GpuPlan *g = q->gpu;

        if (g->guard == GUARD_REFUSED)
                str_buf_printf(s, "refused: %s: %s", finding_specs[g->refused_for].code,
                               g->refusal);
        else if (g->role == ROLE_HOST && g->device->driver && driver_is_vfio(g->device->driver))
                str_buf_printf(s, "belongs to the host, and is not with it: %s has it",
                               g->device->driver);
        else if (g->role == ROLE_HOST)
                str_buf_add(s, "stays with the host");
        else
                str_buf_add(s, g->role == ROLE_VGPU ? "may be parted" : "may leave the host");
        if (gpu_is_cordoned(g))
                str_buf_printf(s, "; cordoned: %s",
                               g->device->cordoned ? g->device->cordoned
                                                   : "nothing new starts on it");
}

static void say_claim(const Question *q, StrBuf *s)
{
        if (q->gpu->claimed_by)
                str_buf_printf(s, "%s has it now", q->gpu->claimed_by);
        else
                str_buf_add(s, "free");
}

static void say_users(const Question *q, StrBuf *s)
{
        for (size_t i = 0; i < q->gpu->n_users; i++)
                words_add(s, q->gpu->users[i]->name, i, q->gpu->n_users);
}

static void say_reset(const Question *q, StrBuf *s)
{
        const char *methods = q->gpu->device->reset_methods;

        if (methods)
                str_buf_add(s, *methods ? methods : "the kernel knows no method");
}

/* What a container with this GPU is given. */
static void say_nodes(const Question *q, StrBuf *s)
{
        const PciDevice *d = q->gpu->device;
        const char *const *more = vendor_find(d->id.vendor)->nodes;

        if (d->drm_nodes.n == 0 || role_leaves(q->gpu->role))
                return;
        for (size_t i = 0; i < d->drm_nodes.n; i++)
                str_buf_printf(s, "%s/dev/dri/%s", i > 0 ? ", " : "", d->drm_nodes.items[i]);
        for (; *more; more++)
                str_buf_printf(s, ", %s", *more);
}

/* What says nothing has no line. */
static const struct {
        const char *label;
        void (*say)(const Question *q, StrBuf *s);
} questions[] = {
        { "gpu",        say_gpu        },
        { "name",       say_name       },
        { "role",       say_role       },
        { "overridden", say_overridden },
        { "verdict",    say_guard      },
        { "allowlist",  say_allowlist  },
        { "console",    say_console    },
        { "driver",     say_driver     },
        { "slot",       say_slot       },
        { "group",      say_group      },
        { "reset",      say_reset      },
        { "policy",     say_policy     },
        { "claim",      say_claim      },
        { "users",      say_users      },
        { "nodes",      say_nodes      },
};

int plan_explain(const Plan *plan, const Config *config, const Machine *machine, const GpuPlan *gpu,
                 ExplainLines *ret)
{
        const Question q = { .plan = plan, .config = config, .machine = machine, .gpu = gpu };
        _cleanup_explain_lines_ ExplainLines lines = {};

        for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
                _cleanup_str_buf_ StrBuf s = {};
                int r;

                questions[i].say(&q, &s);
                if (s.failed)
                        return -ENOMEM;
                if (s.len == 0)
                        continue;
                r = add_line(&lines, questions[i].label, &s);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_GENERIC(lines, (ExplainLines){});
        return 0;
}
