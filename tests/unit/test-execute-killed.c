// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whoever is killed, at whatever step: the next one comes to the same end. */
#include <sys/wait.h>
#include <unistd.h>

#include "journal-host.h"
#include "last-call.h"

/* Runs it in a child that is killed at the n-th step; false when it came to its end before. */
static bool act_killed(Host *h, Action action, unsigned n)
{
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                last_call_set(n);
                _exit(act(h, action, NULL) < 0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_in_set(WEXITSTATUS(status), ((const LargestIntegralType[]){ 0, KILLED }), 2);
        return WEXITSTATUS(status) == KILLED;
}

/* first is killed at every step, then second has to lead to the wanted state. */
static unsigned kill_everywhere(Action before, Action first, Action second, const char *expected,
                                const char *what)
{
        for (unsigned n = 1;; n++) {
                Host *h = host_new();
                bool killed;

                if (before)
                        assert_int_equal(act(h, before, NULL), 0);
                killed = act_killed(h, first, n);
                assert_int_equal(act(h, second, NULL), 0);
                assert_looks(h, expected, what, n);
                if (second == revert)
                        assert_journal_gone(h);
                host_free(h);
                if (!killed)
                        return n;
        }
}

static void killed_at_every_step(void **state)
{
        Host *h = host_new();
        _cleanup_free_ char *fresh = look(h), *applied = NULL;

        assert_int_equal(act(h, apply, NULL), 0);
        applied = look(h);
        host_free(h);
        assert_true(kill_everywhere(NULL, apply, apply, applied, "apply, apply") > 50);
        assert_true(kill_everywhere(NULL, apply, revert, fresh, "apply, revert") > 50);
        assert_true(kill_everywhere(apply, revert, revert, fresh, "revert, revert") > 40);
        assert_true(kill_everywhere(apply, revert, apply, applied, "revert, apply") > 40);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(killed_at_every_step),
        };

        return cmocka_run_group_tests_name("execute-killed", tests, NULL, NULL);
}
