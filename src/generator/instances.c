// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generator/instances.h"

#include "emit/vm-unit.h"
#include "util/log.h"

/* What the steps for one file have in common. */
typedef struct Job {
        Output *out;
        UnitText *unit;
        const DiagItem *problem; /* its file is wrong; NULL: it is not */
        bool off;
} Job;

/* The first of them: what follows may only echo it. */
static const DiagItem *find_problem(Diag *diag, const Instance *instance)
{
        static const DiagItem unknown = { .message = (char *)"is wrong" };

        if (instance->valid)
                return NULL;
        diag_sort(diag);
        for (size_t i = 0; i < diag->n; i++)
                if (diag->items[i].severity == SEVERITY_ERROR)
                        return diag->items + i;
        return &unknown;
}

static int write_dropin(const Job *job, const Instance *instance, const char *declaration)
{
        char name[VM_UNIT_NAME_MAX];
        const char *text;
        size_t n;
        int r;

        unit_text_clear(job->unit);
        vm_unit_dropin(job->unit, instance, declaration, job->problem);
        r = unit_text_get(job->unit, &text, &n);
        if (r < 0)
                return r;
        vm_unit_name(instance->name, name);
        return output_dropin(job->out, name, text, n);
}

static int write_single(const Job *job, const Instance *instance)
{
        char name[VM_UNIT_NAME_MAX];
        int r = write_dropin(job, instance, instance->name);

        if (r < 0 || !instance->autostart || job->off)
                return r;
        vm_unit_name(instance->name, name);
        return output_link(job->out, "multi-user.target", name, UNIT_DIR "gpu-vm@.service");
}

static int write_target(const Job *job, const Instance *declaration)
{
        char name[VM_UNIT_NAME_MAX], to[VM_UNIT_NAME_MAX + sizeof("../")];
        const char *text;
        size_t n;
        int r;

        unit_text_clear(job->unit);
        vm_unit_target(job->unit, declaration, job->problem);
        r = unit_text_get(job->unit, &text, &n);
        if (r < 0)
                return r;
        vm_target_name(declaration->name, name);
        r = output_file(job->out, name, text, n);
        if (r < 0 || !declaration->autostart || job->off)
                return r;
        (void)snprintf(to, sizeof(to), "../%s", name);
        return output_link(job->out, "multi-user.target", name, to);
}

static int write_replicas(const Job *job, const Instance *declaration)
{
        int r = write_target(job, declaration);

        for (uint32_t i = 1; r >= 0 && i <= declaration->replicas; i++) {
                Instance *replica = NULL;

                r = instance_replica(declaration, i, &replica);
                if (r >= 0)
                        r = write_dropin(job, replica, declaration->name);
                instance_free(replica);
        }
        return r;
}

/* What no unit can hold is no reason to leave out all others. */
static int write_instance(const Job *job, const Instance *instance)
{
        int r = instance->has_replicas ? write_replicas(job, instance)
                                       : write_single(job, instance);

        if (r != -EINVAL)
                return r;
        log_error("%s: cannot be written as a unit", instance->file);
        return 0;
}

int instances_generate(ConfigReader *reader, Diag *diag, bool off, Output *out)
{
        _cleanup_unit_text_ UnitText unit = {};

        for (;;) {
                _cleanup_(instance_freep) Instance *instance = NULL;
                Job job = { .out = out, .unit = &unit, .off = off };
                int r;

                diag_done(diag);
                r = config_next(reader, &instance);
                if (r <= 0)
                        return r;
                if (instance->kind != INSTANCE_VM)
                        continue;
                job.problem = find_problem(diag, instance);
                r = write_instance(&job, instance);
                if (r < 0)
                        return r;
        }
}
