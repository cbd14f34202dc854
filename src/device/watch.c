// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/watch.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/fd.h"

/* What the child inherited may be a lock, or the pipe to somebody who waits for its end: whoever is
 * stuck must hold none of it. */
static void close_all_but(int a, int b)
{
        unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

        if (low > 0)
                (void)syscall(SYS_close_range, 0U, low - 1, 0U);
        if (high > low + 1)
                (void)syscall(SYS_close_range, low + 1, high - 1, 0U);
        (void)syscall(SYS_close_range, high + 1, UINT_MAX, 0U);
}

static int write_once(int fd, const char *value)
{
        size_t n = strlen(value);
        ssize_t k = write(fd, value, n);

        if (k < 0)
                return -errno;
        return (size_t)k == n ? 0 : -EIO;
}

static _Noreturn void child(Root *root, const char *path, const char *value, int report)
{
        struct sigaction ignore = { .sa_handler = SIG_IGN };
        /* O_TRUNC means nothing to sysfs, and lets a fixture show the last value alone. */
        int fd = root_open_file(root, path, O_WRONLY | O_TRUNC | O_NOFOLLOW), r = fd;

        /* The parent may be gone when the kernel is done. */
        (void)sigaction(SIGPIPE, &ignore, NULL);
        if (fd >= 0) {
                close_all_but(fd, report);
                r = write_once(fd, value);
        }
        _exit(write_all(report, &r, sizeof(r)) < 0);
}

static int wait_readable(int fd, uint64_t timeout_usec)
{
        uint64_t start = clock_now_usec();

        for (;;) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                uint64_t spent = clock_now_usec() - start;
                uint64_t left = spent < timeout_usec ? timeout_usec - spent : 0;
                struct timespec ts = { .tv_sec = (time_t)(left / 1000000),
                                       .tv_nsec = (long)(left % 1000000 * 1000) };
                int n = ppoll(&p, 1, &ts, NULL);

                if (n < 0 && errno == EINTR)
                        continue;
                return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
        }
}

/* The child's report; -EIO when it died without one. */
static int wait_report(int fd, uint64_t timeout_usec)
{
        int r = wait_readable(fd, timeout_usec), report;

        if (r < 0)
                return r;
        return read(fd, &report, sizeof(report)) == (ssize_t)sizeof(report) ? report : -EIO;
}

/* ECHILD is fine: SIGCHLD may be ignored here, or a handler was faster. */
static void reap(pid_t pid)
{
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
}

int watched_write(Root *root, const char *path, const char *value, uint64_t timeout_usec,
                  pid_t *ret_stuck)
{
        _cleanup_close_ int ours = -EBADF, theirs = -EBADF;
        int fds[2], r;
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        ours = fds[0];
        theirs = fds[1];
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                child(root, path, value, theirs);
        theirs = safe_close(theirs); /* so that a child that dies shows */
        r = wait_report(ours, timeout_usec);
        if (r == -ETIMEDOUT)
                *ret_stuck = pid;
        else
                reap(pid);
        return r;
}

static _Noreturn void run_child(const char *const argv[])
{
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        (void)setsid(); /* so that what it starts goes with it */
        if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
                _exit(127);
        (void)syscall(SYS_close_range, STDERR_FILENO + 1U, UINT_MAX, 0U);
        execv(argv[0], (char *const *)argv);
        _exit(127);
}

int watched_run(const char *const argv[], uint64_t timeout_usec, pid_t *ret_stuck)
{
        _cleanup_close_ int fd = -EBADF;
        int status, r;
        pid_t pid = fork();

        if (pid < 0)
                return -errno;
        if (pid == 0)
                run_child(argv);
        fd = (int)syscall(SYS_pidfd_open, pid, 0);
        r = fd < 0 ? -errno : wait_readable(fd, timeout_usec);
        if (r < 0) {
                (void)kill(-pid, SIGKILL);
                (void)kill(pid, SIGKILL);
                *ret_stuck = pid;
                return r;
        }
        if (waitpid(pid, &status, 0) < 0)
                return -errno;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
