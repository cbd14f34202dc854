// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/stage.h"
#include "model/run-record.h"
#include "util/fd.h"

/* What is planned and what is locked is one: nobody claims in between. */
static int plan_and_lock(Stage *s)
{
        _cleanup_close_ int gate = -EBADF;
        int r = lease_gate(s->root, GATE_TIMEOUT, &gate);

        if (r < 0)
                return refuse_error(s, r, "cannot look at the claims in /" LEASE_CLAIMS);
        if ((r = stage_plan(s)) < 0)
                return refuse_error(s, r, "cannot plan");
        if ((r = subject_may_start(s)) < 0 || (r = passed_collect(s)) < 0)
                return r;
        return passed_lock(s);
}

/* Of a start whose release was ended as well. What comes after a refusal finds no record, then. */
static int clean_up(Root *root, const char *name)
{
        _cleanup_free_ char *record = run_record_path(name);
        _cleanup_str_list_ StrList own = {};
        int r = record ? lease_find(root, name, &own) : -ENOMEM;

        if (r < 0 || (own.n == 0 && !root_exists(root, record)))
                return r;
        return release_run(root, name);
}

static int claim(Stage *s)
{
        int r = clean_up(s->root, s->name);

        if (r < 0)
                return refuse_error(s, r, "cannot put in order what an earlier start left");
        r = stage_load(s);
        if (r < 0)
                return refuse_error(s, r, "cannot read the configuration and the machine");
        if ((r = subject_find(s)) < 0 || (r = plan_and_lock(s)) < 0 || (r = passed_store(s)) < 0 ||
            (r = kvm_ready(s)) < 0 || (r = vgpus_make(s)) < 0 || (r = bind_all(s)) < 0 ||
            (r = check_reset_all(s)) < 0)
                return r;
        r = start_decide(s);
        return r < 0 ? r : start_make(s);
}

int claim_run(Root *root, const char *name)
{
        _cleanup_stage_ Stage s = { .root = root, .name = name };
        int r;

        stage_begin(&s);
        r = claim(&s);
        return r == -ECANCELED && s.for_now ? -EAGAIN : r;
}
