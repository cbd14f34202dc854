// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "addon/run.h"
#include "util/log.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
        "Usage: gpuhost-addon\n"
        "Bring the kernel arguments of /var/lib/gpuhost/kernel-arguments to the addon that a unified\n"
        "kernel image reads, or remove the addon where there are none. gpuhost apply runs it.\n"
        "\n"
        "      --help      show this help\n"
        "      --version   show the version\n"
        "\n"
        "Exit status: 0 it is so, 1 it could not be done, 2 wrong usage. See gpuhost-boot(7).\n";

int main(int argc, char **argv)
{
        static const AddonMaker maker = { .ukify = "/usr/bin/ukify", .top = "" };
        _cleanup_(root_freep) Root *root = NULL;
        int r;

        log_open(log_target_of_stderr(), "gpuhost-addon");
        if (argc == 2 && streq(argv[1], "--help"))
                return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc == 2 && streq(argv[1], "--version"))
                return puts("gpuhost " GPUHOST_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc > 1) {
                log_error("wrong argument '%s': see --help", argv[1]);
                return EXIT_USAGE;
        }
        r = root_open("/", &root);
        if (r < 0) {
                log_error("cannot open /: %s", strerror(-r));
                return EXIT_FAILURE;
        }
        return addon_run(root, &maker);
}
