// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/log.h"
#include "util/str.h"

enum { SOCKET_FD = 3, EXIT_USAGE = 2 };

static const char help[] =
        "Usage: gpuhost-listen SOCKET PROGRAM [ARGUMENT...]\n"
        "Run a program that takes connections at SOCKET, which it has as descriptor 3, and tell\n"
        "systemd before that it can be connected to: what gpu-vm-tpm@NAME.service and\n"
        "gpu-vm-share@NAME.TAG.service run.\n"
        "\n"
        "      --help     show this help\n"
        "      --version  show the version\n"
        "\n"
        "Exit status: 1 failed, 2 wrong usage, else the program's.\n";

/* One connection is all that these programs take. */
static int open_socket(const char *path)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        (void)stpcpy(address.sun_path, path);
        if (fd < 0 || bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)) < 0 ||
            listen(fd, 1) < 0)
                return -errno;
        return TAKE_FD(fd);
}

/* It is there already if nothing else was opened before. */
static int place(int fd)
{
        if (fd == SOCKET_FD)
                return fcntl(fd, F_SETFD, 0) < 0 ? -errno : 0;
        return dup2(fd, SOCKET_FD) < 0 ? -errno : 0;
}

static int run(const char *path, char **argv)
{
        int fd = open_socket(path), r = fd < 0 ? fd : place(fd);

        if (r < 0) {
                log_error("cannot listen at %s: %s", path, strerror(-r));
                return r;
        }
        (void)sd_notify(true, "READY=1");
        (void)execv(argv[0], argv);
        r = -errno;
        log_error("cannot run %s: %s", argv[0], strerror(-r));
        return r;
}

int main(int argc, char **argv)
{
        log_open(log_target_of_stderr(), "gpuhost-listen");
        if (argc == 2 && streq(argv[1], "--help"))
                return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc == 2 && streq(argv[1], "--version"))
                return puts("gpuhost " GPUHOST_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc < 3 || argv[1][0] != '/' || argv[2][0] != '/') {
                log_error("the paths of a socket and of a program are expected: see --help");
                return EXIT_USAGE;
        }
        return run(argv[1], argv + 2) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
