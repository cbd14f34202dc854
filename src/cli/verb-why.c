// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/object.h"
#include "cli/verb.h"
#include "emit/finding.h"
#include "emit/gpu.h"
#include "emit/table.h"
#include "plan/explain.h"

static void why_text(const ExplainLines *lines, const TextFormat *format, StrBuf *out)
{
        size_t width = 0;

        for (size_t i = 0; i < lines->n; i++)
                width = strlen(lines->items[i].label) > width ? strlen(lines->items[i].label)
                                                              : width;
        for (size_t i = 0; i < lines->n; i++) {
                _cleanup_str_buf_ StrBuf label = {};

                str_buf_add(&label, lines->items[i].label);
                str_buf_fill(&label, ' ', width + 2 - label.len);
                out->failed |= label.failed;
                text_paragraph(out, format, 0, str_buf_get(&label), lines->items[i].text);
        }
}

static Json *why_json(const GpuPlan *gpu, const ExplainLines *lines, const FindingList *findings)
{
        Json *object = gpu_json(gpu), *array = json_list();

        for (size_t i = 0; i < lines->n; i++) {
                Json *line = json_map();

                json_put(&line, "label", json_text(lines->items[i].label));
                json_put(&line, "text", json_text(lines->items[i].text));
                json_add(&array, line);
        }
        json_put(&object, "why", array);
        json_put(&object, "findings", findings_json(findings, SEVERITY_INFO));
        return object;
}

static int explain(const Session *s, const GpuPlan *gpu, const FindingList *findings, StrBuf *out)
{
        _cleanup_explain_lines_ ExplainLines lines = {};
        int r = plan_explain(&s->plan, &s->config, &s->machine, gpu, &lines);

        if (r < 0)
                return r;
        if (s->arguments->json != JSON_OFF)
                json_print(why_json(gpu, &lines, findings), (JsonMode)s->arguments->json, out);
        else
                why_text(&lines, &s->format, out);
        return (int)session_findings_status(findings);
}

/* An entry that matches no GPU: what was found about its lines is the explanation. */
static int explain_entry(const Session *s, const GpuEntry *entry, StrBuf *out)
{
        Subject subject = {
                .name = entry->name,
                .file = entry->origin.file,
                .line = entry->origin.line,
        };
        FindingList findings;
        int r = object_findings(s, &subject, &findings);

        if (r < 0)
                return r;
        if (s->arguments->json != JSON_OFF) {
                Json *object = json_map();

                json_put(&object, "entry", json_text(entry->name));
                json_put(&object, "why", json_list());
                json_put(&object, "findings", findings_json(&findings, SEVERITY_INFO));
                json_print(object, (JsonMode)s->arguments->json, out);
        } else {
                text_addf(out, "%s means no GPU of this machine (%s:%u)", entry->name,
                          entry->origin.file, entry->origin.line);
                str_buf_add(out, findings.n > 0 ? "\n\n" : "\n");
                findings_text(&findings, &s->diag, SEVERITY_INFO, &s->format, out);
        }
        free(findings.items);
        return STATUS_FAILED;
}

static int explain_gpu(const Session *s, const GpuPlan *gpu, StrBuf *out)
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
        r = explain(s, gpu, &findings, out);
        free(findings.items);
        return r;
}

int verb_why(Session *s, StrBuf *out)
{
        const char *word = s->arguments->words[0], *near = NULL;
        const GpuEntry *entry = object_find_entry(s, word);
        const GpuPlan *gpu;
        int r = object_find_gpu(s, word, &gpu, &near);

        if (!s->config.host_valid && s->arguments->json == JSON_OFF)
                session_say_files(s);
        if (r >= 0)
                return explain_gpu(s, gpu, out);
        if (r == -ENOENT && entry)
                return explain_entry(s, entry, out);
        if (r == -ENOTUNIQ)
                object_ambiguous(s, word);
        else if (r == -ENOENT)
                object_unknown(s, "GPU", word, near);
        return r;
}
