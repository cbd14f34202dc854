// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/command.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

enum { LONG = 60 * 1000 * 1000 };

typedef struct Said {
        int r, status;
        StrBuf text;
} Said;

static Said run(uint64_t timeout, const char *const *words)
{
        _cleanup_str_list_ StrList argv = {};
        Said s = { .status = -1 };

        for (; *words; words++)
                assert_int_equal(str_list_add(&argv, *words), 0);
        s.r = command_run(&argv, timeout, &s.text, &s.status);
        return s;
}
#define RUN(timeout, ...) run(timeout, (const char *const[]){ __VA_ARGS__, NULL })

static void test_output_and_status(void **state)
{
        Said s = RUN(LONG, "sh", "-c", "echo out; echo err >&2; cat; exit 7");

        assert_int_equal(s.r, 0);
        assert_int_equal(s.status, 7);
        assert_string_equal(str_buf_get(&s.text), "out\nerr\n");
        str_buf_done(&s.text);
}

static void test_words_are_words(void **state)
{
        Said s = RUN(LONG, "printf", "%s|", "$HOME", "a b", ";", "");

        assert_int_equal(s.status, 0);
        assert_string_equal(str_buf_get(&s.text), "$HOME|a b|;||");
        str_buf_done(&s.text);
}

static void test_ended_by_a_signal(void **state)
{
        Said s = RUN(LONG, "sh", "-c", "kill -TERM $$");

        assert_int_equal(s.r, 0);
        assert_int_equal(s.status, 128 + SIGTERM);
        str_buf_done(&s.text);
}

static void test_what_is_not_there(void **state)
{
        Said s = RUN(LONG, "gpuhost-no-such-program");

        assert_int_equal(s.r, -ENOENT);
        assert_int_equal(s.status, -1);
        assert_int_equal(run(LONG, (const char *const[]){ NULL }).r, -EINVAL);
        str_buf_done(&s.text);
}

/* Neither it nor its children stay: they would work on what the next attempt works on. */
static void test_deadline(void **state)
{
        Said s = {};
        unsigned long child = 0;

        assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* who is left behind is ours */
        s = RUN(300 * 1000, "sh", "-c", "sleep 1000 & echo $! $$; wait");
        assert_int_equal(s.r, -ETIMEDOUT);
        assert_int_equal(sscanf(str_buf_get(&s.text), "%lu", &child), 1);
        assert_int_equal(waitpid((pid_t)child, NULL, 0), (pid_t)child);
        str_buf_done(&s.text);
}

static void test_background_is_not_waited_for(void **state)
{
        Said s = RUN(LONG, "sh", "-c", "sleep 1000 & echo $!");
        unsigned long child = 0;

        assert_int_equal(s.r, 0);
        assert_int_equal(sscanf(str_buf_get(&s.text), "%lu", &child), 1);
        assert_int_equal(kill((pid_t)child, SIGKILL), 0);
        str_buf_done(&s.text);
}

static void test_silent_deadline(void **state)
{
        Said s = RUN(300 * 1000, "sh", "-c", "exec >&- 2>&-; while :; do :; done");

        assert_int_equal(s.r, -ETIMEDOUT);
        str_buf_done(&s.text);
}

static void test_the_end_is_kept(void **state)
{
        Said s = RUN(LONG, "sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; echo the end");

        assert_int_equal(s.status, 0);
        assert_in_range(s.text.len, 16 * 1024, 64 * 1024);
        assert_non_null(endswith(str_buf_get(&s.text), "xthe end\n"));
        str_buf_done(&s.text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_output_and_status),
                cmocka_unit_test(test_words_are_words),
                cmocka_unit_test(test_ended_by_a_signal),
                cmocka_unit_test(test_what_is_not_there),
                cmocka_unit_test(test_deadline),
                cmocka_unit_test(test_background_is_not_waited_for),
                cmocka_unit_test(test_silent_deadline),
                cmocka_unit_test(test_the_end_is_kept),
        };

        return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
