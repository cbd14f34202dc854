// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verb.h"
#include "emit/finding.h"

static void check_json(const Session *s, Severity least, StrBuf *out)
{
        Json *object = json_map();

        json_put(&object, "findings", findings_json(&s->findings, least));
        json_print(object, (JsonMode)s->arguments->json, out);
}

static void check_text(const Session *s, Severity least, StrBuf *out)
{
        findings_text(&s->findings, &s->diag, least, &s->format, out);
        if (!s->format.hints)
                return;
        if (s->findings.n == 0) {
                str_buf_add(out, "Nothing wrong was found.\n");
                return;
        }
        str_buf_add(out, out->len > 0 ? "\n" : "");
        findings_counts(&s->findings, out);
        str_buf_add(out, ".\n");
}

int verb_check(Session *s, StrBuf *out)
{
        Severity least = (Severity)s->arguments->severity;

        if (s->arguments->json != JSON_OFF)
                check_json(s, least, out);
        else
                check_text(s, least, out);
        return (int)session_findings_status(&s->findings);
}
