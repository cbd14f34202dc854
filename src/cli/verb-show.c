// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/show.h"

#include "cli/config-json.h"
#include "cli/object.h"
#include "cli/show-command.h"
#include "cli/verb.h"
#include "emit/finding.h"

static void add_findings(const Session *s, const FindingList *findings, StrBuf *out)
{
        if (findings->n == 0)
                return;
        str_buf_add_char(out, '\n');
        findings_text(findings, &s->diag, SEVERITY_INFO, &s->format, out);
}

static void gpu_out(const Session *s, const GpuPlan *gpu, const FindingList *findings, StrBuf *out)
{
        Json *object;

        if (s->arguments->json == JSON_OFF) {
                gpu_show_text(gpu, &s->machine, &s->format, out);
                add_findings(s, findings, out);
                return;
        }
        object = gpu_show_json(gpu, &s->machine);
        json_put(&object, "findings", findings_json(findings, SEVERITY_INFO));
        json_print(object, (JsonMode)s->arguments->json, out);
}

static int show_gpu(const Session *s, const GpuPlan *gpu, StrBuf *out)
{
        char address[PCI_ADDRESS_MAX];
        Subject subject = {
                .name = pci_address_format(gpu->device->address, address),
                .refusal = gpu->refusal,
        };
        FindingList findings;
        int r = object_findings(s, &subject, &findings);

        if (r < 0)
                return r;
        gpu_out(s, gpu, &findings, out);
        r = (int)session_findings_status(&findings);
        free(findings.items);
        return r;
}

/* Its configuration, indented below what it gets. */
static int add_configuration(const Instance *instance, const TextFormat *format, StrBuf *out)
{
        _cleanup_str_buf_ StrBuf yaml = {};
        int r = config_print_instance(instance, &yaml);

        if (r < 0)
                return r;
        if (yaml.len == 0)
                return 0;
        str_buf_add_char(out, '\n');
        text_add_styled(out, format, STYLE_BOLD, "Configuration");
        str_buf_add_char(out, '\n');
        text_add_lines(out, 2, str_buf_get(&yaml));
        return 0;
}

static int instance_out(const Session *s, const Assignment *a, const FindingList *findings,
                        StrBuf *out)
{
        Json *object;

        if (s->arguments->json == JSON_OFF) {
                instance_show_text(a, &s->plan, &s->format, out);
                add_findings(s, findings, out);
                return add_configuration(a->instance, &s->format, out);
        }
        object = instance_show_json(a, &s->plan);
        json_put(&object, "configuration", config_json_instance(a->instance));
        json_put(&object, "findings", findings_json(findings, SEVERITY_INFO));
        json_print(object, (JsonMode)s->arguments->json, out);
        return 0;
}

static int show_instance(const Session *s, const Assignment *a, StrBuf *out)
{
        Subject subject = {
                .name = a->instance->name,
                .file = a->instance->file,
                .refusal = a->refusal,
        };
        ExitStatus status;
        FindingList findings;
        int r = object_findings(s, &subject, &findings);

        if (r < 0)
                return r;
        status = a->instance->valid ? session_findings_status(&findings) : STATUS_WRONG;
        r = instance_out(s, a, &findings, out);
        free(findings.items);
        return r < 0 ? r : (int)status;
}

/* The instance, or each of its replicas. -ENOENT when there is none. */
static int show_instances(const Session *s, const char *name, StrBuf *out)
{
        ExitStatus status = STATUS_DONE;
        bool found = false;

        for (size_t i = 0; i < s->plan.n_assignments; i++) {
                const Assignment *a = s->plan.assignments + i;
                int r;

                if (!object_is_instance(a->instance, name))
                        continue;
                str_buf_add(out, found ? "\n" : "");
                found = true;
                r = show_instance(s, a, out);
                if (r < 0)
                        return r;
                status = status_worse(status, (ExitStatus)r);
        }
        return found ? (int)status : -ENOENT;
}

int verb_show(Session *s, StrBuf *out)
{
        const char *name = s->arguments->words[0], *near_gpu = NULL;
        const GpuPlan *gpu;
        int r = s->arguments->command ? show_command(s, name, out) : show_instances(s, name, out);

        if (r != -ENOENT || s->arguments->command)
                return r;
        r = object_find_gpu(s, name, &gpu, &near_gpu);
        if (r >= 0)
                return show_gpu(s, gpu, out);
        return object_unresolved(s, name, r, near_gpu);
}
