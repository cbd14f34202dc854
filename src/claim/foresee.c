// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/foresee.h"

#include "claim/stage.h"

static int look_ahead(Stage *s, RunRecord *ret)
{
        int r;

        if ((r = stage_load(s)) < 0)
                return refuse_error(s, r, "cannot read the configuration and the machine");
        if ((r = subject_find(s)) < 0)
                return r;
        if ((r = stage_look(s)) < 0)
                return refuse_error(s, r, "cannot plan");
        if ((r = subject_may_start(s)) < 0 || (r = passed_collect(s)) < 0 ||
            (r = start_decide(s)) < 0)
                return r;
        return record_fill(s, ret);
}

int foresee(Root *root, const char *name, RunRecord *ret, StrBuf *why)
{
        _cleanup_stage_ Stage s = { .root = root, .name = name, .why = why };
        _cleanup_run_record_ RunRecord record = {};
        int r;

        stage_begin(&s);
        r = look_ahead(&s, &record);
        if (r < 0)
                return r;
        *ret = record;
        record = (RunRecord){};
        return 0;
}
