// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verb.h"
#include "emit/plan.h"

int verb_plan(Session *s, StrBuf *out)
{
        ExitStatus changes = plan_has_changes(&s->plan) ? STATUS_CHANGES : STATUS_DONE;

        if (s->arguments->json != JSON_OFF)
                json_print(plan_json(&s->plan, &s->findings), (JsonMode)s->arguments->json, out);
        else
                plan_text(&s->plan, &s->findings, &s->diag, &s->format, out);
        return (int)status_worse(changes, session_findings_status(&s->findings));
}
