// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/change.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "emit/plan.h"

static size_t count_steps(const Session *s, StepWhen when, bool of_drivers)
{
        size_t n = 0;

        for (size_t i = 0; i < s->plan.n_steps; i++) {
                const Step *step = s->plan.steps + i;
                bool driver = step->code == STEP_BIND || step->code == STEP_RELEASE;

                n += step->when == when && (driver || !of_drivers) &&
                     (s->arguments->only == _STEP_MAX ||
                      step->code == (StepCode)s->arguments->only);
        }
        return n;
}

/* What is going to be done has to be on the terminal before the question is. */
static int show_plan(const Session *s)
{
        TextFormat format = s->format;
        _cleanup_str_buf_ StrBuf text = {};

        if (s->arguments->json != JSON_OFF || s->arguments->quiet)
                return 0;
        format.hints = false;
        plan_text(&s->plan, &s->findings, &s->diag, &format, &text);
        return terminal_write(&text, false);
}

static bool confirmed(const Session *s)
{
        size_t n = count_steps(s, STEP_NOW, true);
        char question[128];

        if (n == 0 || s->arguments->json != JSON_OFF)
                return true;
        (void)snprintf(question, sizeof(question),
                       n == 1 ? "Change the driver of 1 function now?"
                              : "Change the drivers of %zu functions now?",
                       n);
        return change_confirmed(s, question);
}

static void closing(const Session *s, const OutcomeList *outcomes, StrBuf *out)
{
        size_t later = count_steps(s, STEP_REBOOT, false);

        if (!s->format.hints)
                return;
        if (outcome_list_is_bad(outcomes))
                str_buf_add(out, "Not all of it could be done; what was done stays. Try again when "
                                 "the reasons above are gone.\n");
        if (later > 0 || s->plan.reboot_pending)
                str_buf_add(out, "Reboot for the rest.\n");
        else if (outcomes->n == 0)
                str_buf_add(out, "Nothing to do.\n");
}

static Json *apply_json(const Session *s, const OutcomeList *outcomes)
{
        Json *object = plan_json(&s->plan, &s->findings);

        json_put(&object, "outcomes", outcomes_json(outcomes));
        return object;
}

int verb_apply(Session *s, StrBuf *out)
{
        _cleanup_change_ Change c = {};
        const OutcomeList *outcomes = &c.executor.outcomes;
        /* Who asks for one kind of step asks for nothing else that may be wrong. */
        ExitStatus status = s->arguments->only == _STEP_MAX ? session_findings_status(&s->findings)
                                                            : STATUS_DONE;
        int r;

        if (s->arguments->dry_run)
                return verb_plan(s, out);
        r = change_begin(&c, s);
        if (r >= 0)
                r = show_plan(s);
        if (r < 0)
                return r;
        if (!confirmed(s)) {
                str_buf_add(out, "Nothing has been changed.\n");
                return STATUS_FAILED;
        }
        r = execute_apply(&c.executor, (StepCode)s->arguments->only);
        if (r < 0) {
                session_error(s, "cannot go on: %s", strerror(-r));
                status = status_worse(status, STATUS_FAILED);
        }
        if (s->arguments->json != JSON_OFF) {
                json_print(apply_json(s, outcomes), (JsonMode)s->arguments->json, out);
        } else {
                outcomes_text(outcomes, &s->format, out);
                closing(s, outcomes, out);
        }
        if (outcomes->failed)
                return -ENOMEM;
        return (int)status_worse(status,
                                 outcome_list_is_bad(outcomes) ? STATUS_FAILED : STATUS_DONE);
}
