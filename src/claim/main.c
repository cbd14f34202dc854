// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "claim/stage.h"
#include "supervise/ending.h"
#include "util/log.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
        "Usage: gpuhost-claim claim|release NAME\n"
        "Claim the devices of a VM and open what it needs, or give all of it back: the first and the\n"
        "last stage of gpu-vm@NAME.service, which runs them. See gpuhost.yaml(5).\n"
        "\n"
        "      --help     show this help\n"
        "      --version  show the version\n"
        "\n"
        "Exit status: 0 done, 1 failed, or refused for what may be over soon, 2 wrong usage,\n"
        "19 refused, and so would be the next.\n";

static const struct {
        const char *name;
        int (*run)(Root *root, const char *instance);
} stages[] = {
        { "claim",   claim_run   },
        { "release", release_run },
};

static int run(const char *stage, const char *name)
{
        _cleanup_(root_freep) Root *root = NULL;
        size_t i = 0;
        int r;

        while (i < ARRAY_SIZE(stages) && !streq(stages[i].name, stage))
                i++;
        if (i == ARRAY_SIZE(stages)) {
                log_error("there is no stage '%s': see --help", stage);
                return EXIT_USAGE;
        }
        if (!instance_name_valid(name)) {
                log_error("'%s' is no name of an instance: up to 28 of a-z, 0-9, '-' and '_', and "
                          "a letter or digit first",
                          name);
                return EXIT_USAGE;
        }
        r = root_open("/", &root);
        if (r >= 0)
                r = stages[i].run(root, name);
        if (r == -ECANCELED)
                return CLAIM_EXIT_REFUSED;
        if (r < 0 && r != -EAGAIN)
                log_error("cannot %s %s: %s", stage, name, strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        log_open(log_target_of_stderr(), "gpuhost-claim");
        /* The unit's is for its VM; who claims what is for everybody to read. */
        (void)umask(0022);
        if (argc == 2 && streq(argv[1], "--help"))
                return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc == 2 && streq(argv[1], "--version"))
                return puts("gpuhost " GPUHOST_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (argc != 3) {
                log_error("a stage and a name are expected: see --help");
                return EXIT_USAGE;
        }
        return run(argv[1], argv[2]);
}
