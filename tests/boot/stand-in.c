// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for the programs behind gpu-vm@.service, and for gpuhost-bind and gpuhost-prepare: says on
 * stderr which stage it is, for whom and as whom, and does what PID 1 can tell apart.
 *
 *      claim NAME      ends with the status in /etc/stand-in/claim-NAME, or asks `gpuhost show NAME`, and
 *                      refuses what that refuses
 *      vm NAME         is ready at once, and ends on SIGTERM; or ends with the status in /etc/stand-in/NAME,
 *                      of which a negative one comes before it is ready
 *      release NAME    notes the name in /x/released, as nobody reads a journal after a shutdown
 *      anything else   takes a while, and is ready at its end
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void say(const char *stage, const char *name)
{
        char line[256];
        FILE *status = fopen("/proc/self/status", "re");

        fprintf(stderr, "%s %s uid %s\n", stage, name, getuid() == 0 ? "root" : "other");
        while (status && fgets(line, sizeof(line), status))
                if (strncmp(line, "CapBnd:", 7) == 0 || strncmp(line, "NoNewPrivs:", 11) == 0 ||
                    strncmp(line, "Seccomp:", 8) == 0)
                        fprintf(stderr, "%s %s %s", stage, name, line);
        if (status)
                (void)fclose(status);
}

static int notify(const char *state)
{
        const char *path = getenv("NOTIFY_SOCKET");
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd, r;

        if (!path || strlen(path) >= sizeof(address.sun_path))
                return -EINVAL;
        memcpy(address.sun_path, path, strlen(path));
        if (path[0] == '@')
                address.sun_path[0] = '\0';
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        r = sendto(fd, state, strlen(state), 0, (struct sockaddr *)&address,
                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0
                    ? -errno
                    : 0;
        (void)close(fd);
        return r;
}

/* False: there is none. */
static bool read_status(const char *prefix, const char *name, int *ret)
{
        char path[128];
        FILE *file;

        (void)snprintf(path, sizeof(path), "/etc/stand-in/%s%s", prefix, name);
        file = fopen(path, "re");
        if (!file)
                return false;
        if (fscanf(file, "%d", ret) != 1)
                *ret = EXIT_FAILURE;
        (void)fclose(file);
        return true;
}

static int claim(const char *name)
{
        int status;

        if (read_status("claim-", name, &status))
                return status;
        execl("/usr/bin/gpuhost", "gpuhost", "show", name, "--no-pager", NULL);
        return EXIT_FAILURE;
}

/* Into folders that systemd made for this VM. */
static void try_folder(const char *name, const char *variable)
{
        const char *folder = getenv(variable);
        int dir = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, fd;

        if (dir < 0)
                return;
        fd = openat(dir, "file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd >= 0 && close(fd) == 0)
                fprintf(stderr, "vm %s writes to its %s\n", name, variable);
        (void)close(dir);
}

static int vm(const char *name)
{
        sigset_t set;
        int status, number;
        bool ends = read_status("", name, &status);

        try_folder(name, "RUNTIME_DIRECTORY");
        try_folder(name, "STATE_DIRECTORY");
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGTERM);
        (void)sigprocmask(SIG_BLOCK, &set, NULL);
        if (ends && status < 0)
                return -status;
        if (notify("READY=1\nSTATUS=Running") < 0)
                return EXIT_FAILURE;
        if (ends)
                return status;
        (void)sigwait(&set, &number);
        fprintf(stderr, "vm %s stopped\n", name);
        return EXIT_SUCCESS;
}

static int release(const char *name)
{
        int fd = open("/x/released", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

        if (fd < 0)
                return EXIT_FAILURE;
        (void)dprintf(fd, "%s\n", name);
        return close(fd) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
        static const struct {
                const char *name;
                int (*run)(const char *name);
        } stages[] = {
                { "claim",   claim   },
                { "vm",      vm      },
                { "release", release }
        };
        const struct timespec while_ = { .tv_nsec = 500 * 1000 * 1000 };

        for (size_t i = 0; argc == 3 && i < sizeof(stages) / sizeof(stages[0]); i++)
                if (strcmp(argv[1], stages[i].name) == 0) {
                        say(argv[1], argv[2]);
                        return stages[i].run(argv[2]);
                }
        (void)nanosleep(&while_, NULL);
        (void)notify("READY=1"); /* to who listens: not all are asked */
        fprintf(stderr, "%s done\n", strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0]);
        return EXIT_SUCCESS;
}
