// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "generator/generate.h"
#include "util/log.h"
#include "util/str.h"

enum { EXIT_USAGE = 2, MAX_FOLDERS = 3 };

static const char help[] =
        "Usage: gpuhost-generator [OPTION]... NORMAL [EARLY LATE]\n"
        "Write the units that follow from /etc/gpuhost into the first of three folders, as\n"
        "systemd.generator(7) has it.\n"
        "\n"
        "  -n, --dry-run   say what would be written, and write nothing\n"
        "      --root=DIR  read the configuration below DIR\n"
        "      --help      show this help\n"
        "      --version   show the version\n";

static int usage(const char *what)
{
        log_error("%s: see --help", what);
        return EXIT_USAGE;
}

int main(int argc, char **argv)
{
        _cleanup_(root_freep) Root *root = NULL;
        GeneratorArguments arguments = {};
        const char *dir = "/", *value;
        unsigned n = 0;
        int r;

        /* PID 1 waits for generators: the journal may be what it starts next. */
        log_open(getenv("SYSTEMD_SCOPE") ? LOG_TO_KMSG : LOG_TO_STDERR, "gpuhost-generator");
        for (int i = 1; i < argc; i++) {
                if (streq(argv[i], "--help"))
                        return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                if (streq(argv[i], "--version"))
                        return puts("gpuhost " GPUHOST_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                value = startswith(argv[i], "--root=");
                if (value)
                        dir = value;
                else if (streq(argv[i], "--dry-run") || streq(argv[i], "-n"))
                        arguments.dry_run = true;
                else if (argv[i][0] == '-')
                        return usage("unknown option");
                else if (n++ == 0)
                        arguments.folder = argv[i];
        }
        if (n != 1 && n != MAX_FOLDERS && !(n == 0 && arguments.dry_run))
                return usage("one folder is needed, or three");
        r = root_open(dir, &root);
        if (r >= 0)
                r = generate(&arguments, root);
        if (r < 0)
                log_error("cannot write units: %s", strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
