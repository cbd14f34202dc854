// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/writer.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "util/fd.h"

/* "tarpit" is a pipe with a name: it blocks whoever opens it for writing until somebody reads, as a driver
 * does that waits for its last user. */
enum { SHORT = 50000, LONG = 30000000 };

typedef struct Fixture {
        char dir[32];
        Root *root;
        Writer writer;
        pid_t stuck;
} Fixture;

static char *path_in(const Fixture *f, const char *name, char buf[static 64])
{
        (void)snprintf(buf, 64, "%s/%s", f->dir, name);
        return buf;
}

static int setup(void **state)
{
        Fixture *f = calloc(1, sizeof(Fixture));
        _cleanup_close_ int a = -EBADF, b = -EBADF;
        char path[64];

        assert_non_null(f);
        memcpy(f->dir, "/tmp/gpuhost-writer-XXXXXX", sizeof("/tmp/gpuhost-writer-XXXXXX"));
        assert_non_null(mkdtemp(f->dir));
        assert_int_equal(root_open(f->dir, &f->root), 0);
        f->writer = WRITER_OF(f->root);
        a = open(path_in(f, "a", path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        b = open(path_in(f, "b", path), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(a >= 0 && b >= 0);
        assert_int_equal(mkfifo(path_in(f, "tarpit", path), 0600), 0);
        *state = f;
        return 0;
}

static int delete_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static int teardown(void **state)
{
        Fixture *f = *state;

        writer_done(&f->writer);
        root_free(f->root);
        assert_int_equal(nftw(f->dir, delete_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(f);
        return 0;
}

/* ---- a driver that gives up ---- */

static bool gives_up; /* which the child inherits */

ssize_t __real_write(int fd, const void *data, size_t n);
ssize_t __wrap_write(int fd, const void *data, size_t n);
ssize_t __wrap_write(int fd, const void *data, size_t n)
{
        if (!gives_up)
                return __real_write(fd, data, n);
        errno = ETIMEDOUT;
        return -1;
}

/* ---- */

static int put(Fixture *f, const char *name, const char *value, uint64_t timeout)
{
        return writer_write(&f->writer, name, value, timeout, &f->stuck);
}

static void assert_text(const Fixture *f, const char *name, const char *expected)
{
        _cleanup_free_ char *text = NULL;

        assert_int_equal(root_read_file(f->root, name, 4096, &text, NULL), 0);
        assert_string_equal(text, expected);
}

/* Somebody reads at last: the kernel lets go of who writes. */
static void let_go(const Fixture *f)
{
        char path[64], buf[16];
        _cleanup_close_ int fd = open(path_in(f, "tarpit", path), O_RDONLY | O_CLOEXEC);

        assert_true(read(fd, buf, sizeof(buf)) > 0);
}

static void one_child_does_them_all_in_order(void **state)
{
        Fixture *f = *state;
        pid_t child;

        assert_int_equal(put(f, "a", "first and long", LONG), 0);
        child = f->writer.child;
        assert_true(child > 0);
        assert_text(f, "a", "first and long");
        assert_int_equal(put(f, "b", "1", LONG), 0);
        assert_int_equal(put(f, "a", "second", LONG), 0);
        assert_int_equal(put(f, "none", "x", LONG), -ENOENT); /* which is no reason to part */
        assert_int_equal(put(f, "a", "", LONG), 0);
        assert_int_equal(put(f, "b", "third", LONG), 0);
        assert_int_equal(f->writer.child, child);
        assert_text(f, "a", "");
        assert_text(f, "b", "third");
        writer_done(&f->writer);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

static void what_is_stuck_is_left_behind(void **state)
{
        Fixture *f = *state;

        assert_int_equal(put(f, "a", "1", LONG), 0);
        assert_int_equal(put(f, "tarpit", "x", SHORT), -ETIMEDOUT);
        assert_true(f->stuck > 0);
        assert_int_equal(f->writer.child, 0);
        assert_int_equal(put(f, "a", "2", LONG), 0);
        assert_true(f->writer.child > 0);
        assert_int_not_equal(f->writer.child, f->stuck);
        assert_text(f, "a", "2");
        writer_done(&f->writer);
        assert_int_equal(waitpid(f->stuck, NULL, WNOHANG), 0); /* still at it */
        let_go(f);
        assert_int_equal(waitpid(f->stuck, NULL, 0), f->stuck);
}

static void who_died_between_two_writes_has_a_successor(void **state)
{
        Fixture *f = *state;
        pid_t child;

        assert_int_equal(put(f, "a", "1", LONG), 0);
        child = f->writer.child;
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(put(f, "a", "2", LONG), 0);
        assert_int_not_equal(f->writer.child, child);
        assert_text(f, "a", "2");
}

static pid_t victim;

static void kill_victim(int number)
{
        (void)kill(victim, SIGKILL);
}

/* How far it came nobody knows, so nobody does it again. */
static void who_dies_at_a_write_has_failed(void **state)
{
        const struct itimerval soon = { .it_value.tv_usec = SHORT };
        const struct sigaction act = { .sa_handler = kill_victim };
        struct sigaction before;
        Fixture *f = *state;

        assert_int_equal(put(f, "a", "1", LONG), 0);
        victim = f->writer.child;
        assert_int_equal(sigaction(SIGALRM, &act, &before), 0);
        assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
        assert_int_equal(put(f, "tarpit", "x", LONG), -EIO);
        assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
        assert_int_equal(f->stuck, 0);
        assert_int_equal(put(f, "a", "2", LONG), 0);
        assert_text(f, "a", "2");
}

static void a_driver_that_gives_up_is_not_stuck(void **state)
{
        Fixture *f = *state;

        gives_up = true;
        assert_int_equal(put(f, "a", "1", LONG), -EIO);
        gives_up = false;
        assert_int_equal(f->stuck, 0);
        assert_true(f->writer.child > 0);
}

/* A lock or the end of a pipe that it kept would be held as long as it is there, or stuck. */
static void it_holds_nothing(void **state)
{
        Fixture *f = *state;
        int pipes[2];
        char c;

        assert_int_equal(pipe2(pipes, 0), 0);
        assert_int_equal(put(f, "a", "1", LONG), 0);
        (void)close(pipes[1]);
        assert_int_equal(read(pipes[0], &c, 1), 0);
        (void)close(pipes[0]);
}

static void what_is_too_long_is_not_asked_for(void **state)
{
        _cleanup_free_ char *value = calloc(1, 2 * PATH_MAX + 1);
        Fixture *f = *state;

        assert_non_null(value);
        memset(value, 'x', 2 * PATH_MAX);
        assert_int_equal(put(f, "a", value, LONG), -E2BIG);
        assert_int_equal(put(f, "a", "1", LONG), 0);
        assert_text(f, "a", "1");
}

static _Noreturn void write_and_die(Fixture *f, int say, int wait)
{
        char c;

        if (put(f, "a", "1", LONG) < 0 ||
            write_all(say, &f->writer.child, sizeof(f->writer.child)) < 0)
                _exit(EXIT_FAILURE);
        (void)!read(wait, &c, 1);
        (void)raise(SIGKILL);
        _exit(EXIT_FAILURE);
}

static void it_goes_with_its_parent(void **state)
{
        Fixture *f = *state;
        int said[2], wait[2];
        pid_t parent, child;
        int fd;

        assert_int_equal(pipe2(said, O_CLOEXEC), 0);
        assert_int_equal(pipe2(wait, O_CLOEXEC), 0);
        parent = fork();
        assert_true(parent >= 0);
        if (parent == 0)
                write_and_die(f, said[1], wait[0]);
        assert_int_equal(read(said[0], &child, sizeof(child)), sizeof(child));
        fd = (int)syscall(SYS_pidfd_open, child, 0);
        assert_true(fd >= 0);
        assert_int_equal(write_all(wait[1], "", 1), 0);
        assert_int_equal(waitpid(parent, NULL, 0), parent);
        assert_int_equal(fd_wait_readable(fd, LONG), 0);
        (void)close(fd);
        for (size_t i = 0; i < 2; i++) {
                (void)close(said[i]);
                (void)close(wait[i]);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(one_child_does_them_all_in_order),
                TEST(what_is_stuck_is_left_behind),
                TEST(who_died_between_two_writes_has_a_successor),
                TEST(who_dies_at_a_write_has_failed),
                TEST(a_driver_that_gives_up_is_not_stuck),
                TEST(it_holds_nothing),
                TEST(what_is_too_long_is_not_asked_for),
                TEST(it_goes_with_its_parent),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
