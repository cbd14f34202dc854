// SPDX-License-Identifier: LGPL-2.1-or-later
/* Runs a program and says on descriptor 3 what it cost: CPU in microseconds, peak memory in KiB, and
 * how it ended. A process of its own because a child inherits the peak of who forks it, and an
 * interpreter's is large. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
        struct rusage usage;
        int status;
        pid_t pid;

        if (argc < 2)
                return EXIT_FAILURE;
        pid = fork();
        if (pid < 0)
                return EXIT_FAILURE;
        if (pid == 0) {
                (void)close(3);
                (void)execvp(argv[1], argv + 1);
                _exit(127);
        }
        while (wait4(pid, &status, 0, &usage) < 0)
                if (errno != EINTR)
                        return EXIT_FAILURE;
        dprintf(3, "%lld %ld %d\n",
                (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                        usage.ru_utime.tv_usec + usage.ru_stime.tv_usec,
                usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        return EXIT_SUCCESS;
}
