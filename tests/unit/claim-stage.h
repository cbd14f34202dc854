// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* A stage that has read its files, and what it refuses. */

#include <unistd.h>

#include "claim/stage.h"
#include "unit.h"

/* What a stage says goes to stderr, as to a person. */
static _unused_ char said[4096];

static inline _unused_ int catch_stderr(int (*call)(Stage *s), Stage *s)
{
        char file[] = "/tmp/gpuhost-said-XXXXXX";
        int fd = mkstemp(file), before = dup(STDERR_FILENO), r;
        ssize_t n;

        assert_true(fd >= 0 && before >= 0);
        (void)unlink(file);
        assert_true(dup2(fd, STDERR_FILENO) >= 0);
        r = call(s);
        assert_true(dup2(before, STDERR_FILENO) >= 0);
        n = pread(fd, said, sizeof(said) - 1, 0);
        said[n > 0 ? n : 0] = '\0';
        close(fd);
        close(before);
        return r;
}

static inline _unused_ void assert_refused(int (*call)(Stage *s), Stage *s, const char *why)
{
        assert_int_equal(catch_stderr(call, s), -ECANCELED);
        if (!strstr(said, why))
                fail_msg("expected: %s\nsaid: %s", why, said);
}

static inline _unused_ Stage stage_of(Root *root, const char *name)
{
        Stage s = { .root = root, .name = name };

        start_init(&s.start);
        assert_int_equal(config_load(root, 0, &s.config, &s.diag), 0);
        assert_int_equal(plan_build(&s.config, &s.machine, PLAN_RUNTIME, &s.plan), 0);
        s.assignment = plan_find_assignment(&s.plan, name);
        if (s.assignment)
                s.instance = s.assignment->instance;
        return s;
}
