// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fd.h"

enum { FIRST_FD = 3, EXIT_NOT_STARTED = 127 };

int child_arrange_fds(int *fds, size_t n, int first)
{
        int beyond = first + (int)n;

        /* First out of the way of each other, then each to its place. */
        for (size_t i = 0; i < n; i++) {
                fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, beyond);
                if (fds[i] < 0)
                        return -errno;
        }
        for (size_t i = 0; i < n; i++)
                if (dup2(fds[i], first + (int)i) < 0)
                        return -errno;
        return 0;
}

static int arrange(int output, const int *given, size_t n, int *report)
{
        _cleanup_free_ int *fds = calloc(n + 1, sizeof(*fds));
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC), r;

        if (!fds)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                fds[i] = given[i];
        /* The way to report goes along, and is closed when the program begins. */
        *report = fcntl(*report, F_DUPFD_CLOEXEC, FIRST_FD + (int)n);
        output = fcntl(output, F_DUPFD_CLOEXEC, FIRST_FD + (int)n);
        if (null < 0 || *report < 0 || output < 0)
                return -errno;
        r = child_arrange_fds(fds, n, FIRST_FD);
        if (r < 0)
                return r;
        if (dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
            dup2(output, STDERR_FILENO) < 0)
                return -errno;
        return close_range((unsigned)(FIRST_FD + n), ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : 0;
}

/* Without LISTEN_FDS and NOTIFY_SOCKET: they are ours. */
static int clean_environment(void)
{
        static const char *const kept[] = { "PATH", "HOME", "LANG", "TMPDIR" };
        char *values[ARRAY_SIZE(kept)];

        for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
                values[i] = getenv(kept[i]);
        if (clearenv() != 0)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
                if (values[i] && setenv(kept[i], values[i], 1) < 0)
                        return -errno;
        return 0;
}

/*
 * Killed with us and not asked: whoever ends us without a word leaves nobody to wait for QEMU, and the
 * stage that takes the devices back comes next.
 */
static int bind_to_parent(pid_t parent)
{
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
        return getppid() == parent ? 0 : -ESRCH;
}

static int reset_signals(void)
{
        sigset_t none;

        (void)sigemptyset(&none);
        if (signal(SIGPIPE, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
                return -errno;
        return 0;
}

static void run_child(const StrList *argv, int output, const int *fds, size_t n_fds, int report,
                      pid_t parent)
{
        char **words = calloc(argv->n + 1, sizeof(*words));
        int r = words ? bind_to_parent(parent) : -ENOMEM;

        if (r >= 0)
                r = arrange(output, fds, n_fds, &report);
        if (r >= 0)
                r = clean_environment();
        if (r >= 0)
                r = reset_signals();
        if (r >= 0) {
                memcpy(words, argv->items, argv->n * sizeof(*words));
                (void)execv(words[0], words);
                r = -errno;
        }
        (void)!write(report, &r, sizeof(r));
        _exit(EXIT_NOT_STARTED);
}

/* Ends when the program begins, which closes the other end, or with the reason why it does not. */
static int await_exec(int report)
{
        int error = 0;
        ssize_t n;

        do
                n = read(report, &error, sizeof(error));
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        return n == sizeof(error) && error < 0 ? error : 0;
}

static int open_pipe(int *ret_read, int *ret_write)
{
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        *ret_read = ends[0];
        *ret_write = ends[1];
        return 0;
}

int child_start(const StrList *argv, const int *fds, size_t n_fds, Child *ret)
{
        _cleanup_close_ int output = -EBADF, output_end = -EBADF, report = -EBADF,
                            report_end = -EBADF;
        _cleanup_child_ Child child = CHILD_NONE;
        pid_t parent = getpid();
        int r = open_pipe(&output, &output_end);

        if (r >= 0)
                r = open_pipe(&report, &report_end);
        if (r < 0)
                return r;
        child.pid = fork();
        if (child.pid < 0)
                return -errno;
        if (child.pid == 0)
                run_child(argv, output_end, fds, n_fds, report_end, parent);
        report_end = safe_close(report_end);
        child.pidfd = pidfd_open(child.pid, 0);
        if (child.pidfd < 0 || fcntl(output, F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        r = await_exec(report);
        if (r < 0)
                return r;
        child.output = TAKE_FD(output);
        *ret = child;
        child = CHILD_NONE;
        return 0;
}

int child_reap(Child *child, int *ret_code, int *ret_status)
{
        siginfo_t info = {};

        if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG) < 0)
                return -errno;
        if (info.si_pid == 0)
                return 0;
        child->pid = 0;
        *ret_code = info.si_code;
        *ret_status = info.si_status;
        return 1;
}

int child_signal(const Child *child, int signal)
{
        if (child->pid <= 0)
                return -ESRCH;
        return kill(child->pid, signal) < 0 ? -errno : 0;
}

void child_done(Child *child)
{
        if (child->pid > 0) {
                (void)kill(child->pid, SIGKILL);
                (void)waitpid(child->pid, NULL, 0);
        }
        child->pid = 0;
        child->pidfd = safe_close(child->pidfd);
        child->output = safe_close(child->output);
}
