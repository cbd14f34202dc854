// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/helper.h"
#include "util/near.h"

/* "node" of "node-2" */
static bool is_replica_of(const Instance *i, const char *name)
{
        const char *rest = startswith(i->name, name);

        return i->replica > 0 && rest && *rest == '-';
}

static const Instance *find(const Config *config, const char *name)
{
        for (size_t i = 0; i < config->n_instances; i++)
                if (streq(config->instances[i]->name, name))
                        return config->instances[i];
        return NULL;
}

static int refuse_unknown(Stage *s)
{
        Near near = { .word = s->name };

        for (size_t i = 0; i < s->config.n_instances; i++) {
                const Instance *instance = s->config.instances[i];

                if (is_replica_of(instance, s->name))
                        return refuse(s,
                                      "'%s' has replicas: start gpu-vm@%s and the others one by "
                                      "one",
                                      s->name, instance->name);
                if (instance->kind == INSTANCE_VM)
                        near_offer(&near, instance->name);
        }
        if (near.best)
                return refuse(s, "no VM '%s' is declared in vm.d, did you mean '%s'?", s->name,
                              near.best);
        return refuse(s, "no VM '%s' is declared: there is no /etc/gpuhost/vm.d/%s.yaml", s->name,
                      s->name);
}

int subject_find(Stage *s)
{
        const Instance *instance = find(&s->config, s->name);

        if (!instance)
                return refuse_unknown(s);
        if (instance->kind != INSTANCE_VM)
                return refuse(s, "'%s' is a container: systemctl start gpu-container@%s", s->name,
                              s->name);
        s->instance = instance;
        return 0;
}

/* The first error that says why: in its own file, or, where all are refused, in one of the host's. */
static int refuse_for_files(Stage *s, const char *why)
{
        for (int own = s->config.host_valid; own >= 0; own--)
                for (size_t i = 0; i < s->diag.n; i++) {
                        const DiagItem *item = s->diag.items + i;
                        bool is_own = item->file && streq(item->file, s->instance->file);

                        if (item->severity == SEVERITY_ERROR && is_own == (own > 0))
                                return refuse(s, "%s:%u:%u: %s%s%s", item->file, item->line,
                                              item->column, item->message, item->hint ? "; " : "",
                                              item->hint ? item->hint : "");
                }
        return refuse(s, "%s: %s", s->instance->file, why);
}

static const Finding *finding_of(const Plan *plan, const char *message)
{
        for (size_t i = 0; i < plan->findings.n; i++)
                if (plan->findings.items[i].message == message)
                        return plan->findings.items + i;
        return NULL;
}

static int refuse_as_planned(Stage *s)
{
        const Finding *f = finding_of(&s->plan, s->assignment->refusal);
        const char *fix;

        if (!f)
                return refuse_for_files(s, s->assignment->refusal);
        fix = f->fix ? f->fix : finding_specs[f->code].fix;
        if (!f->file)
                return refuse(s, "%s (%s): %s", f->message, finding_specs[f->code].code, fix);
        return refuse(s, "%s:%u: %s (%s): %s", f->file, f->line, f->message,
                      finding_specs[f->code].code, fix);
}

static int refuse_unsupported(Stage *s, const char *key)
{
        return refuse(s, "%s: %s is not supported by this version of gpuhost", s->instance->file,
                      key);
}

/* What a file may say and this version does not do: better no VM than half of one. */
static int check_supported(Stage *s)
{
        const GpuRequestList *gpu = &s->instance->gpu;
        const char *profile = s->assignment->vgpu_profile;

        for (size_t i = 0; profile && i < gpu->n; i++)
                if (gpu->items[i].profile && !streq(gpu->items[i].profile, profile))
                        return refuse_unsupported(s, "gpu: vGPUs of two profiles");
        return 0;
}

int subject_may_start(Stage *s)
{
        int r;

        if (s->machine.disarmed)
                return refuse(s, "gpuhost is off for this boot: %s",
                              s->machine.boot_loader.watchdog.left == 0
                                      ? "gpuhost rearm, then reboot"
                                      : "reboot without what puts it off on the kernel command "
                                        "line; gpuhost rearm if it disarmed itself");
        if (!s->assignment)
                return refuse(s, "%s: the plan does not know it", s->instance->file);
        if (s->assignment->refused)
                return refuse_as_planned(s);
        r = check_supported(s);
        if (r < 0 || (r = tpm_check(s)) < 0)
                return r;
        return shares_check(s);
}
