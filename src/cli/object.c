// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/object.h"

#include "cli/verb.h"
#include "emit/gpu.h"
#include "util/near.h"
#include "util/parse.h"

void object_unknown(const Session *s, const char *what, const char *word, const char *near)
{
        if (near)
                session_error(s, "no %s '%s', did you mean '%s'?", what, word, near);
        else
                session_error(s, "no %s '%s'", what, word);
}

void object_ambiguous(const Session *s, const char *word)
{
        session_error(s, "'%s' means several GPUs: say which one by its address", word);
}

int object_unresolved(const Session *s, const char *word, int r, const char *near_gpu)
{
        Near near = { .word = word };

        for (size_t i = 0; i < s->config.n_instances; i++)
                near_offer(&near, s->config.instances[i]->name);
        if (r == -ENOTUNIQ)
                object_ambiguous(s, word);
        else if (r == -ENOENT)
                object_unknown(s, "instance or GPU", word, near.best ? near.best : near_gpu);
        return r;
}

/* The one GPU whose name has the word in it. */
static int find_by_part(const Session *s, const char *word, const GpuPlan **ret)
{
        const GpuPlan *found = NULL;

        for (size_t i = 0; i < s->plan.n_gpus; i++) {
                const GpuPlan *gpu = s->plan.gpus + i;
                _cleanup_free_ char *label = pci_device_label(gpu->device);

                if (!label)
                        return -ENOMEM;
                if (!strcasestr(label, word) && !(gpu->name && strcasestr(gpu->name, word)))
                        continue;
                if (found)
                        return -ENOTUNIQ;
                found = gpu;
        }
        if (!found)
                return -ENOENT;
        *ret = found;
        return 0;
}

int object_find_gpu(const Session *s, const char *word, const GpuPlan **ret, const char **ret_near)
{
        int r = plan_lookup_gpu(&s->plan, word, ret, ret_near);

        return r == -ENOENT && *word ? find_by_part(s, word, ret) : r;
}

const GpuEntry *object_find_entry(const Session *s, const char *name)
{
        for (size_t i = s->config.host.n_gpus; i > 0; i--)
                if (streq_ptr(s->config.host.gpus[i - 1].name, name))
                        return s->config.host.gpus + i - 1;
        return NULL;
}

bool object_is_instance(const Instance *instance, const char *name)
{
        const char *rest = startswith(instance->name, name);
        uint64_t number;

        if (!rest)
                return false;
        return !*rest || (instance->replica > 0 && rest[0] == '-' &&
                          parse_u64(rest + 1, &number) >= 0 && number == instance->replica);
}

static const Instance *find_instance(const Session *s, const char *name, bool replica)
{
        for (size_t i = 0; i < s->config.n_instances; i++) {
                const Instance *instance = s->config.instances[i];

                if (replica ? object_is_instance(instance, name) : streq(instance->name, name))
                        return instance;
        }
        return NULL;
}

int object_find_vm(const Session *s, const char *name, const Instance **ret)
{
        const Instance *instance = find_instance(s, name, false), *replica = NULL;
        Near near = { .word = name };

        if (instance && instance->kind == INSTANCE_VM) {
                *ret = instance;
                return 0;
        }
        if (!instance)
                replica = find_instance(s, name, true);
        for (size_t i = 0; i < s->config.n_instances; i++)
                if (s->config.instances[i]->kind == INSTANCE_VM)
                        near_offer(&near, s->config.instances[i]->name);
        if (instance)
                session_error(s, "'%s' is a container, and no VM", name);
        else if (replica)
                session_error(s, "'%s' has replicas: say which one: gpuhost %s %s", name,
                              s->arguments->verb->name, replica->name);
        else
                object_unknown(s, "VM", name, near.best);
        return -ENOENT;
}

static bool concerns(const Session *s, const Finding *f, const Subject *subject)
{
        if (streq_ptr(f->subject, subject->name) || f->message == subject->refusal)
                return true;
        if (subject->file && streq_ptr(f->file, subject->file) &&
            (subject->line == 0 || subject->line == f->line))
                return true;
        return !s->config.host_valid && f->file && strstr(f->file, "/host.d/");
}

int object_findings(const Session *s, const Subject *subject, FindingList *ret)
{
        FindingList list = {};

        for (size_t i = 0; i < s->findings.n; i++) {
                if (!concerns(s, s->findings.items + i, subject))
                        continue;
                if (!GROW(list.items, list.n)) {
                        free(list.items);
                        return -ENOMEM;
                }
                list.items[list.n++] = s->findings.items[i];
        }
        *ret = list;
        return 0;
}
