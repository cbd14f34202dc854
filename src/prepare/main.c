// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "prepare/run.h"
#include "util/log.h"
#include "util/str.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
        "Usage: gpuhost-prepare [--root=DIR]\n"
        "Make the virtual functions, huge pages and power states that are declared, and tell what has\n"
        "become of each GPU: in the journal, and in /run/gpuhost/state.json.\n"
        "\n"
        "      --root=DIR  look at and write to the tree below DIR\n"
        "      --help      show this help\n"
        "      --version   show the version\n"
        "\n"
        "Exit status: 0 each role was looked at, 1 none could be, 2 wrong usage or a file under\n"
        "host.d with an error. See gpuhost-boot(7).\n";

int main(int argc, char **argv)
{
        _cleanup_(root_freep) Root *root = NULL;
        const char *dir = "/", *value;
        int r;

        log_open(log_target_of_stderr(), "gpuhost-prepare");
        for (int i = 1; i < argc; i++) {
                if (streq(argv[i], "--help"))
                        return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                if (streq(argv[i], "--version"))
                        return puts("gpuhost " GPUHOST_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                value = startswith(argv[i], "--root=");
                if (!value) {
                        log_error("wrong argument '%s': see --help", argv[i]);
                        return EXIT_USAGE;
                }
                dir = value;
        }
        r = root_open(dir, &root);
        if (r < 0) {
                log_error("cannot open %s: %s", dir, strerror(-r));
                return EXIT_FAILURE;
        }
        return prepare_run(root);
}
