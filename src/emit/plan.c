// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/plan.h"

#include "emit/finding.h"
#include "emit/table.h"

static const struct {
        const char *title, *closing;
} times[] = {
        [STEP_NOW] = { "On the running machine",    "now"                       },
        [STEP_BOOT] = { "Written for the next boot", "written for the next boot" },
        [STEP_REBOOT] = { "Done by the next boot",     "at the next boot"          },
};

static size_t count_steps(const Plan *plan, StepWhen when)
{
        size_t n = 0;

        for (size_t i = 0; i < plan->n_steps; i++)
                n += plan->steps[i].when == when;
        return n;
}

static void step_text(const Step *step, const TextFormat *format, StrBuf *out)
{
        str_buf_add(out, "  ");
        if (step->target) {
                text_add_styled(out, format, STYLE_BOLD, step->target);
                str_buf_add(out, "  ");
        }
        text_add(out, step->action);
        str_buf_add_char(out, '\n');
        if (step->reason)
                text_paragraph(out, format, 4, "", step->reason);
}

static void steps_text(const Plan *plan, const TextFormat *format, StrBuf *out)
{
        for (StepWhen when = STEP_NOW; when <= STEP_REBOOT; when++) {
                if (count_steps(plan, when) == 0)
                        continue;
                text_add_styled(out, format, STYLE_BOLD, times[when].title);
                str_buf_add_char(out, '\n');
                for (size_t i = 0; i < plan->n_steps; i++)
                        if (plan->steps[i].when == when)
                                step_text(plan->steps + i, format, out);
                str_buf_add_char(out, '\n');
        }
}

static void arguments_line(const char *label, const StrList *arguments, bool known,
                           const TextFormat *format, StrBuf *out)
{
        _cleanup_str_buf_ StrBuf line = {};

        for (size_t i = 0; i < arguments->n; i++)
                str_buf_printf(&line, "%s%s", i > 0 ? " " : "", arguments->items[i]);
        out->failed |= line.failed;
        text_paragraph(out, format, 2, label,
                       !known              ? "not known"
                       : arguments->n == 0 ? "none"
                                           : str_buf_get(&line));
}

static void kernel_arguments_text(const KernelArguments *a, const TextFormat *format, StrBuf *out)
{
        if (a->intended.n == 0 && a->configured.n == 0 && a->running.n == 0)
                return;
        text_add_styled(out, format, STYLE_BOLD, "Kernel arguments");
        str_buf_add_char(out, '\n');
        arguments_line("intended    ", &a->intended, true, format, out);
        arguments_line("configured  ", &a->configured, a->configured_known, format, out);
        arguments_line("running     ", &a->running, true, format, out);
        str_buf_add_char(out, '\n');
}

static void closing_text(const Plan *plan, bool errors, StrBuf *out)
{
        bool first = true;

        if (plan->n_steps == 0) {
                str_buf_add(out, plan->reboot_pending ? "Nothing to do but to reboot.\n"
                                 : errors             ? "No steps beside these errors.\n"
                                                      : "Nothing to do.\n");
                return;
        }
        str_buf_add(out, "Steps: ");
        for (StepWhen when = STEP_NOW; when <= STEP_REBOOT; when++) {
                size_t n = count_steps(plan, when);

                if (n == 0)
                        continue;
                str_buf_printf(out, "%s%zu %s", first ? "" : ", ", n, times[when].closing);
                first = false;
        }
        str_buf_add(out, ". Nothing has been changed.\n");
}

void plan_text(const Plan *plan, const FindingList *findings, const Diag *diag,
               const TextFormat *format, StrBuf *out)
{
        size_t before = out->len;

        findings_text(findings, diag, SEVERITY_WARNING, format, out);
        if (out->len > before)
                str_buf_add_char(out, '\n');
        steps_text(plan, format, out);
        kernel_arguments_text(&plan->kernel_arguments, format, out);
        if (format->hints)
                closing_text(plan, finding_list_has(findings, SEVERITY_ERROR), out);
}

static Json *step_json(const Step *step)
{
        Json *object = json_map();

        json_put(&object, "code", json_text(enum_to_string(&step_code_table, (int)step->code)));
        json_put(&object, "target", json_text(step->target));
        json_put(&object, "action", json_text(step->action));
        json_put(&object, "reason", json_text(step->reason));
        json_put(&object, "when", json_text(enum_to_string(&step_when_table, (int)step->when)));
        json_put(&object, "file", json_text(step->origin.file));
        json_put(&object, "line",
                 step->origin.line ? json_number(step->origin.line) : json_nothing());
        return object;
}

static Json *kernel_arguments_json(const KernelArguments *a)
{
        Json *object = json_map();

        json_put(&object, "intended", json_texts(&a->intended));
        json_put(&object, "configured", json_texts(&a->configured));
        json_put(&object, "running", json_texts(&a->running));
        json_put(&object, "configured_known", json_bool(a->configured_known));
        return object;
}

Json *plan_json(const Plan *plan, const FindingList *findings)
{
        Json *object = json_map(), *steps = json_list();

        for (size_t i = 0; i < plan->n_steps; i++)
                json_add(&steps, step_json(plan->steps + i));
        json_put(&object, "steps", steps);
        json_put(&object, "findings", findings_json(findings, SEVERITY_INFO));
        json_put(&object, "kernel_arguments", kernel_arguments_json(&plan->kernel_arguments));
        json_put(&object, "reboot_pending", json_bool(plan->reboot_pending));
        return object;
}
