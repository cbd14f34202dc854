// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "util/fd.h"

static void say(int level, const char *message)
{
        log_message(level, "%s", message);
}

static void say_with_fields(int level, const char *message)
{
        const LogField fields[] = {
                { "GPU",      "big" },
                { "PCI_ADDR", NULL  }
        };

        log_fields(level, fields, ARRAY_SIZE(fields), "%s", message);
}

/* What a message leaves on stderr. */
static void capture_of(void (*how)(int, const char *), LogTarget target, int level,
                       const char *message, char *buf, size_t size)
{
        _cleanup_close_ int saved = dup(STDERR_FILENO);
        int pipes[2];
        ssize_t n;

        assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
        assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
        log_open(target, "tool");
        how(level, message);
        assert_true(dup2(saved, STDERR_FILENO) >= 0);
        (void)close(pipes[1]);
        n = read(pipes[0], buf, size - 1);
        (void)close(pipes[0]);
        assert_true(n >= 0);
        buf[n] = '\0';
}

static void capture(LogTarget target, int level, const char *message, char *buf, size_t size)
{
        capture_of(say, target, level, message, buf, size);
}

/* Fields are for the journal: a person reads the message alone. */
static void fields_are_not_for_people(void **state)
{
        char buf[64];

        capture_of(say_with_fields, LOG_TO_STDERR, LOG_ERR, "it fell", buf, sizeof(buf));
        assert_string_equal(buf, "tool: it fell\n");
}

static void people_are_told_who_speaks(void **state)
{
        char buf[64];

        capture(LOG_TO_STDERR, LOG_ERR, "it fell", buf, sizeof(buf));
        assert_string_equal(buf, "tool: it fell\n");
}

static void the_journal_is_told_the_level(void **state)
{
        char buf[64];

        capture(LOG_TO_JOURNAL, LOG_WARNING, "it shakes", buf, sizeof(buf));
        assert_string_equal(buf, "<4>it shakes\n");
}

/* Names of files and drivers come from elsewhere: no line may be forged, no terminal steered. */
static void a_message_stays_one_line(void **state)
{
        char buf[64];

        capture(LOG_TO_JOURNAL, LOG_ERR, "a\n<0>b\x1b[2J\x7f", buf, sizeof(buf));
        assert_string_equal(buf, "<3>a?<0>b?[2J?\n");
}

static void a_long_message_is_cut(void **state)
{
        char message[2000], buf[2000];

        memset(message, 'x', sizeof(message));
        message[sizeof(message) - 1] = '\0';
        capture(LOG_TO_JOURNAL, LOG_ERR, message, buf, sizeof(buf));
        assert_true(strlen(buf) < 1000);
        assert_int_equal(buf[strlen(buf) - 1], '\n');
}

static void the_journal_is_known_by_its_stream(void **state)
{
        struct stat st;
        char stream[64];

        assert_int_equal(fstat(STDERR_FILENO, &st), 0);
        (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
                       (uintmax_t)st.st_ino);
        assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
        assert_int_equal(log_target_of_stderr(), LOG_TO_JOURNAL);
        assert_int_equal(setenv("JOURNAL_STREAM", "1:2", 1), 0);
        assert_int_equal(log_target_of_stderr(), LOG_TO_STDERR);
        assert_int_equal(setenv("JOURNAL_STREAM", "nonsense", 1), 0);
        assert_int_equal(log_target_of_stderr(), LOG_TO_STDERR);
        assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
        assert_int_equal(log_target_of_stderr(), LOG_TO_STDERR);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(people_are_told_who_speaks),
                cmocka_unit_test(fields_are_not_for_people),
                cmocka_unit_test(the_journal_is_told_the_level),
                cmocka_unit_test(a_message_stays_one_line),
                cmocka_unit_test(a_long_message_is_cut),
                cmocka_unit_test(the_journal_is_known_by_its_stream),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
