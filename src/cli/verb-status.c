// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verb.h"
#include "emit/status.h"

int verb_status(Session *s, StrBuf *out)
{
        HostStatus status = {
                .config = &s->config,
                .machine = &s->machine,
                .plan = &s->plan,
                .findings = &s->findings,
        };

        if (s->arguments->json != JSON_OFF)
                json_print(status_json(&status), (JsonMode)s->arguments->json, out);
        else
                status_text(&status, &s->format, out);
        return (int)session_findings_status(&s->findings);
}
