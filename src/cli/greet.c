// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/help.h"
#include "emit/status.h"

int greet(Session *s, StrBuf *out)
{
        HostStatus status = {
                .config = &s->config,
                .machine = &s->machine,
                .plan = &s->plan,
                .findings = &s->findings,
        };
        int r = session_load(s, NEED_PLAN, MACHINE_ALL & ~MACHINE_IMAGES & ~MACHINE_PREFLIGHT);

        if (r < 0)
                return r;
        text_add_styled(out, &s->format, STYLE_BOLD, "gpuhost");
        str_buf_add(out, " says which GPU of this machine goes where.\n\n");
        help_verbs(&s->format, out);
        str_buf_add_char(out, '\n');
        status_summary(&status, &s->format, out);
        return STATUS_DONE;
}
