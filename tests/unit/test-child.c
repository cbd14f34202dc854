// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/last-words.h"
#include "unit.h"
#include "util/buf.h"
#include "util/fd.h"

static StrList words_of(const char *const *words)
{
        StrList list = {};

        for (; *words; words++)
                assert_int_equal(str_list_add(&list, *words), 0);
        return list;
}

/* Its end is waited for; what it said is returned. */
static char *hear_out(Child *child, int *ret_code, int *ret_status)
{
        struct pollfd ended = { .fd = child->pidfd, .events = POLLIN };
        char *text = NULL;

        assert_int_equal(poll(&ended, 1, 20000), 1);
        assert_int_equal(child_reap(child, ret_code, ret_status), 1);
        assert_int_equal(fcntl(child->output, F_SETFL, 0), 0);
        assert_int_equal(read_all(child->output, 65536, &text, NULL), 0);
        return text;
}

static int named_pipe(const char *text)
{
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_int_equal(write_all(ends[1], text, strlen(text)), 0);
        safe_close(ends[1]);
        return ends[0];
}

static void gets_what_it_is_given(void **state)
{
        _cleanup_str_list_ StrList argv = words_of((const char *const[]){
                "/bin/sh", "-c",
                "cat <&3; cat <&5; cat <&4; cat; echo to stderr >&2; "
                "echo ${NOTIFY_SOCKET-none} $HOME; "
                "for i in 6 7 8 9 10 11 12 13 14; do test -e /proc/self/fd/$i && echo open $i; done; "
                "grep NoNewPrivs /proc/self/status",
                NULL });
        _cleanup_child_ Child child = CHILD_NONE;
        _cleanup_free_ char *text = NULL;
        int fds[] = { named_pipe("a"), named_pipe("b"), named_pipe("c") }, code, status;
        int stray = fcntl(fds[0], F_DUPFD, 12);

        assert_int_equal(setenv("NOTIFY_SOCKET", "/x", 1), 0);
        assert_int_equal(setenv("HOME", "/h", 1), 0);
        assert_int_equal(child_start(&argv, fds, ARRAY_SIZE(fds), &child), 0);
        text = hear_out(&child, &code, &status);
        assert_string_equal(text, "acbto stderr\nnone /h\nNoNewPrivs:\t1\n");
        assert_int_equal(code, CLD_EXITED);
        assert_int_equal(status, 0);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                safe_close(fds[i]);
        safe_close(stray);
}

/* Each stands where another one is to stand. */
static void descriptors_in_the_way(void **state)
{
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
                int fds[3], from[3] = { 5, 3, 4 };
                char c;

                for (int i = 0; i < 3; i++) {
                        fds[i] = named_pipe((char[]){ (char)('a' + i), 0 });
                        fds[i] = fcntl(fds[i], F_DUPFD, 20);
                }
                for (int i = 0; i < 3; i++)
                        dup2(fds[i], from[i]);
                if (child_arrange_fds(from, 3, 3) < 0)
                        _exit(1);
                for (int i = 0; i < 3; i++)
                        if (read(3 + i, &c, 1) != 1 || c != 'a' + i || fcntl(3 + i, F_GETFD) != 0)
                                _exit(2);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

static void cannot_be_executed(void **state)
{
        _cleanup_str_list_ StrList argv =
                words_of((const char *const[]){ "/nonexistent/qemu", NULL });
        _cleanup_child_ Child child = CHILD_NONE;

        assert_int_equal(child_start(&argv, NULL, 0, &child), -ENOENT);
        assert_int_equal(child.pid, 0);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void ended_by_a_signal(void **state)
{
        _cleanup_str_list_ StrList argv =
                words_of((const char *const[]){ "/bin/sleep", "1000", NULL });
        _cleanup_child_ Child child = CHILD_NONE;
        _cleanup_free_ char *text = NULL;
        int code, status;

        assert_int_equal(child_start(&argv, NULL, 0, &child), 0);
        assert_int_equal(child_reap(&child, &code, &status), 0);
        assert_int_equal(child_signal(&child, SIGTERM), 0);
        text = hear_out(&child, &code, &status);
        assert_int_equal(code, CLD_KILLED);
        assert_int_equal(status, SIGTERM);
        assert_int_equal(child_signal(&child, SIGTERM), -ESRCH);
}

/* What we block or ignore is not handed down; what ends us ends it. */
static void ends_with_its_parent(void **state)
{
        _cleanup_str_list_ StrList argv =
                words_of((const char *const[]){ "/bin/sleep", "1000", NULL });
        int ends[2], status;
        pid_t parent, child;
        struct pollfd end;

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        parent = fork();
        assert_true(parent >= 0);
        if (parent == 0) {
                Child c = CHILD_NONE;

                if (child_start(&argv, &ends[1], 1, &c) < 0 ||
                    write(ends[1], &c.pid, sizeof(c.pid)) != sizeof(c.pid))
                        _exit(1);
                (void)kill(getpid(), SIGKILL);
        }
        safe_close(ends[1]);
        assert_int_equal(read(ends[0], &child, sizeof(child)), sizeof(child));
        assert_int_equal(waitpid(parent, &status, 0), parent);
        end = (struct pollfd){ .fd = ends[0], .events = POLLIN };
        assert_int_equal(poll(&end, 1, 20000), 1);
        assert_true(end.revents & POLLHUP);
        safe_close(ends[0]);
}

static void note(void *userdata, const char *line)
{
        str_buf_printf(userdata, "[%s]", line);
}

static void last_words(void **state)
{
        _cleanup_str_buf_ StrBuf lines = {}, joined = {};
        LastWords words = {};
        static const char text[] = "one\n\ntw";

        last_words_add(&words, text, strlen(text), note, &lines);
        assert_string_equal(str_buf_get(&lines), "[one]");
        last_words_add(&words, "o\t\r\nthree", 9, note, &lines);
        last_words_end(&words, note, &lines);
        last_words_end(&words, note, &lines);
        assert_string_equal(str_buf_get(&lines), "[one][two?][three]");
        last_words_join(&words, &joined);
        assert_string_equal(str_buf_get(&joined), "one / two? / three");
        for (unsigned i = 0; i < 10; i++)
                last_words_add(&words, (char[]){ (char)('0' + i), '\n' }, 2, note, &lines);
        str_buf_done(&joined);
        last_words_join(&words, &joined);
        assert_string_equal(str_buf_get(&joined), "6 / 7 / 8 / 9");
}

static void no_end_of_words(void **state)
{
        _cleanup_str_buf_ StrBuf lines = {};
        LastWords words = {};

        for (unsigned i = 0; i < 100000; i++)
                last_words_add(&words, "a", 1, note, &lines);
        last_words_end(&words, note, &lines);
        assert_int_equal(lines.len, LAST_WORDS_LINE_MAX - 1 + 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(gets_what_it_is_given), cmocka_unit_test(descriptors_in_the_way),
                cmocka_unit_test(cannot_be_executed),    cmocka_unit_test(ended_by_a_signal),
                cmocka_unit_test(ends_with_its_parent),  cmocka_unit_test(last_words),
                cmocka_unit_test(no_end_of_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
