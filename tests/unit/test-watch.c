// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/watch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "util/fd.h"

/* A pipe with a name blocks whoever opens it for writing until somebody reads: as a driver does that
 * waits for its last user. */
enum { SHORT = 50000, LONG = 30000000 };

typedef struct Fixture {
        char dir[32];
        Root *root;
        pid_t stuck;
} Fixture;

static int setup(void **state)
{
        Fixture *f = calloc(1, sizeof(Fixture));

        assert_non_null(f);
        memcpy(f->dir, "/tmp/gpuhost-watch-XXXXXX", sizeof("/tmp/gpuhost-watch-XXXXXX"));
        assert_non_null(mkdtemp(f->dir));
        assert_int_equal(root_open(f->dir, &f->root), 0);
        *state = f;
        return 0;
}

static int teardown(void **state)
{
        Fixture *f = *state;
        int fd = open(f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

        root_free(f->root);
        (void)unlinkat(fd, "attribute", 0);
        (void)close(fd);
        assert_int_equal(rmdir(f->dir), 0);
        free(f);
        return 0;
}

static int at(const Fixture *f, int flags)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "%s/attribute", f->dir);
        return open(path, flags | O_CLOEXEC, 0600);
}

static void make_pipe(const Fixture *f)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "%s/attribute", f->dir);
        assert_int_equal(mkfifo(path, 0600), 0);
}

static void value_is_written(void **state)
{
        Fixture *f = *state;
        _cleanup_close_ int fd = at(f, O_RDWR | O_CREAT);
        char buf[16] = "";

        assert_int_equal(write_all(fd, "longer than that", 16), 0);
        assert_int_equal(watched_write(f->root, "attribute", "vfio-pci", LONG, &f->stuck), 0);
        assert_int_equal(pread(fd, buf, sizeof(buf), 0), 8);
        assert_string_equal(buf, "vfio-pci");
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

static void errors_come_back(void **state)
{
        Fixture *f = *state;

        assert_int_equal(watched_write(f->root, "attribute", "x", LONG, &f->stuck), -ENOENT);
}

static void full_device_is_told(void **state)
{
        _cleanup_(root_freep) Root *root = NULL;
        Fixture *f = *state;

        assert_int_equal(root_open("/dev", &root), 0);
        assert_int_equal(watched_write(root, "full", "x", LONG, &f->stuck), -ENOSPC);
}

static void deadline_leaves_the_child(void **state)
{
        Fixture *f = *state;
        _cleanup_close_ int fd = -EBADF;
        char buf[16];

        make_pipe(f);
        assert_int_equal(watched_write(f->root, "attribute", "x", SHORT, &f->stuck), -ETIMEDOUT);
        assert_true(f->stuck > 0);
        assert_int_equal(waitpid(f->stuck, NULL, WNOHANG), 0); /* still at it */
        fd = at(f, O_RDONLY);
        assert_int_equal(read(fd, buf, sizeof(buf)), 1); /* the kernel let go after all */
        assert_int_equal(waitpid(f->stuck, NULL, 0), f->stuck);
}

/* A lock or the end of a pipe that a stuck child kept would be stuck with it. */
static void stuck_child_holds_nothing(void **state)
{
        Fixture *f = *state;
        _cleanup_close_ int fd = -EBADF;
        char buf[16];
        int pipes[2];

        assert_int_equal(pipe2(pipes, 0), 0);
        make_pipe(f);
        fd = at(f, O_RDWR);
        while (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && write(fd, buf, sizeof(buf)) > 0)
                ; /* full: opening works, writing blocks */
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(watched_write(f->root, "attribute", "x", SHORT, &f->stuck), -ETIMEDOUT);
        (void)close(pipes[1]);
        assert_int_equal(read(pipes[0], buf, 1), 0);
        (void)close(pipes[0]);
        assert_int_equal(kill(f->stuck, SIGKILL), 0);
        assert_int_equal(waitpid(f->stuck, NULL, 0), f->stuck);
}

static void ignored_sigchld_is_no_trouble(void **state)
{
        Fixture *f = *state;
        _cleanup_close_ int fd = at(f, O_RDWR | O_CREAT);
        struct sigaction ignore = { .sa_handler = SIG_IGN }, before;

        assert_true(fd >= 0);
        assert_int_equal(sigaction(SIGCHLD, &ignore, &before), 0);
        assert_int_equal(watched_write(f->root, "attribute", "x", LONG, &f->stuck), 0);
        assert_int_equal(sigaction(SIGCHLD, &before, NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void programs(void **state)
{
        const char *const fine[] = { "/bin/true", NULL }, *const wrong[] = { "/bin/false", NULL },
                          *const none[] = { "/nonexistent/tool", NULL },
                          *const slow[] = { "/bin/sleep", "30", NULL };
        pid_t stuck = 0;

        assert_int_equal(watched_run(fine, LONG, &stuck), 0);
        assert_int_equal(watched_run(wrong, LONG, &stuck), 1);
        assert_int_equal(watched_run(none, LONG, &stuck), 127);
        assert_int_equal(stuck, 0);
        assert_int_equal(watched_run(slow, SHORT, &stuck), -ETIMEDOUT);
        assert_int_equal(waitpid(stuck, NULL, 0), stuck); /* it was killed */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(value_is_written),          TEST(errors_come_back),
                TEST(full_device_is_told),       TEST(deadline_leaves_the_child),
                TEST(stuck_child_holds_nothing), TEST(ignored_sigchld_is_no_trouble),
                cmocka_unit_test(programs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
