// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/watch.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device/writer.h"
#include "util/fd.h"

int watched_write(Root *root, const char *path, const char *value, uint64_t timeout_usec,
                  pid_t *ret_stuck)
{
        _cleanup_writer_ Writer writer = WRITER_OF(root);

        return writer_write(&writer, path, value, timeout_usec, ret_stuck);
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
        r = fd < 0 ? -errno : fd_wait_readable(fd, timeout_usec);
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
