// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/log.h"
#include "util/str.h"

/*
 * kernel-install takes the running kernel's arguments where nothing else tells it any. While that kernel
 * has ours there is no other way to have it make entries without them than to show it another file, in a
 * name space of its own: nothing is left of it when the program ends, however that comes about.
 */
#define SEEN "/proc/cmdline"

enum { EXIT_USAGE = 2, EXIT_NOT_STARTED = 127 };

static const char help[] =
        "Usage: gpuhost-cmdline LINE PROGRAM [ARGUMENT…]\n"
        "Run a program that sees LINE as the arguments of the running kernel. gpuhost revert does so\n"
        "with kernel-install.\n"
        "\n"
        "      --help      show this help\n"
        "      --version   show the version\n"
        "\n"
        "Exit status: that of the program, 2 wrong usage, 127 it could not be run.\n";

/* A file in memory cannot be mounted, and one with a name has to lose it again. */
static int show(const char *line)
{
        char name[] = "/run/gpuhost-cmdline-XXXXXX";
        _cleanup_close_ int fd = mkostemp(name, O_CLOEXEC);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, line, strlen(line));
        if (r >= 0)
                r = write_all(fd, "\n", 1);
        if (r >= 0 && mount(name, SEEN, NULL, MS_BIND, NULL) < 0)
                r = -errno;
        (void)unlink(name);
        return r;
}

/* What is mounted outside meanwhile, as the boot loader's partition on demand, is to be seen here too. */
static int part_from_others(void)
{
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return -errno;
        return 0;
}

int main(int argc, char **argv)
{
        int r;

        log_open(log_target_of_stderr(), "gpuhost-cmdline");
        if (argc == 2 && streq(argv[1], "--help"))
                return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc == 2 && streq(argv[1], "--version"))
                return puts("gpuhost " GPUHOST_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc < 3) {
                log_error("no program to run: see --help");
                return EXIT_USAGE;
        }
        r = part_from_others();
        if (r >= 0)
                r = show(argv[1]);
        if (r < 0) {
                log_error("cannot show another " SEEN " to %s: %s", argv[2], strerror(-r));
                return EXIT_NOT_STARTED;
        }
        (void)execv(argv[2], argv + 2);
        log_error("cannot run %s: %s", argv[2], strerror(errno));
        return EXIT_NOT_STARTED;
}
