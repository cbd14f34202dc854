// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/fd.h"

enum {
        KEPT = 16 * 1024, /* of what it says: the end tells what went wrong */
        EXIT_NOT_STARTED = 127,
        SIGNAL_STATUS = 128,
};

static uint64_t now_usec(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static _Noreturn void child(const StrList *argv, int output, int report)
{
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC), e;
        char **words = calloc(argv->n + 1, sizeof(char *));

        if (words && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
            dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0 &&
            setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) == 0) {
                memcpy(words, argv->items, argv->n * sizeof(char *));
                (void)setpgid(0, 0);
                (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
                (void)execvp(words[0], words);
        }
        e = errno;
        (void)!write_all(report, &e, sizeof(e));
        _exit(EXIT_NOT_STARTED);
}

/* What it said so far, but for the beginning of much. 0: no more to come. */
static int take_output(int fd, StrBuf *output)
{
        char chunk[4096];
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n < 0)
                return errno == EINTR ? 1 : errno == EAGAIN ? 0 : -errno;
        str_buf_add_n(output, chunk, (size_t)n);
        if (!output->failed && output->len > 2 * KEPT) {
                memmove(output->data, output->data + output->len - KEPT, KEPT + 1);
                output->len = KEPT;
        }
        return n > 0;
}

/* Until it has ended. What it leaves in the background may keep its output open, and is not waited
 * for. */
static int listen_to(int said, int process, uint64_t deadline, StrBuf *output)
{
        for (;;) {
                struct pollfd p[] = {
                        { .fd = process, .events = POLLIN },
                        { .fd = said,    .events = POLLIN }
                };
                uint64_t now = now_usec(), left = now < deadline ? deadline - now : 0;
                struct timespec ts = { .tv_sec = (time_t)(left / 1000000),
                                       .tv_nsec = (long)(left % 1000000 * 1000) };
                int n = ppoll(p, ARRAY_SIZE(p), &ts, NULL), r = said >= 0;

                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        return -ETIMEDOUT;
                if (n < 0)
                        continue;
                while (r > 0)
                        r = take_output(said, output);
                if (r < 0 || p[0].revents)
                        return r;
                if (p[1].revents & POLLHUP)
                        said = -1; /* which poll() passes over */
        }
}

static int reap(pid_t pid, int *ret_status)
{
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        *ret_status = WIFSIGNALED(status) ? SIGNAL_STATUS + WTERMSIG(status) : WEXITSTATUS(status);
        return 0;
}

static void end(pid_t pid)
{
        (void)kill(-pid, SIGKILL);
        (void)kill(pid, SIGKILL); /* it may not have a group of its own yet */
}

static int watch(pid_t pid, int said, uint64_t deadline, StrBuf *output, int *ret_status)
{
        _cleanup_close_ int process = (int)syscall(SYS_pidfd_open, pid, 0);
        int w, r = process < 0 ? -errno : listen_to(said, process, deadline, output);

        if (r < 0)
                end(pid);
        w = reap(pid, ret_status);
        return r < 0 ? r : w;
}

int command_run(const StrList *argv, uint64_t timeout_usec, StrBuf *output, int *ret_status)
{
        _cleanup_close_ int said = -EBADF, says = -EBADF, failed = -EBADF, fails = -EBADF;
        uint64_t deadline = now_usec() + timeout_usec;
        int out[2], report[2], e = 0, r, status = 0;
        pid_t pid;

        if (argv->n == 0)
                return -EINVAL;
        if (pipe2(out, O_CLOEXEC) < 0)
                return -errno;
        said = out[0];
        says = out[1];
        if (fcntl(said, F_SETFL, O_NONBLOCK) < 0 || pipe2(report, O_CLOEXEC) < 0)
                return -errno;
        failed = report[0];
        fails = report[1];
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                child(argv, says, fails);
        says = safe_close(says);
        fails = safe_close(fails);
        if (read(failed, &e, sizeof(e)) != (ssize_t)sizeof(e))
                e = 0;
        r = watch(pid, said, deadline, output, &status);
        if (r < 0 || e)
                return r < 0 ? r : -e;
        *ret_status = status;
        return output->failed ? -ENOMEM : 0;
}
