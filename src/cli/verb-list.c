// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verb.h"
#include "emit/finding.h"
#include "emit/gpu.h"

static void list_json(const Session *s, StrBuf *out)
{
        Json *object = json_map();

        json_put(&object, "gpus", gpu_list_json(&s->plan));
        json_put(&object, "findings", findings_json(&s->findings, SEVERITY_INFO));
        json_print(object, (JsonMode)s->arguments->json, out);
}

int verb_list(Session *s, StrBuf *out)
{
        if (s->arguments->json != JSON_OFF)
                list_json(s, out);
        else if (s->plan.n_gpus == 0)
                str_buf_add(out, s->format.hints ? "This machine has no GPU.\n" : "");
        else if (s->arguments->tree)
                gpu_tree_text(&s->plan, &s->machine, &s->format, out);
        else
                gpu_list_text(&s->plan, &s->format, out);
        return (int)session_files_status(s);
}
