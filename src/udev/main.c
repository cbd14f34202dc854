// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "udev/decide.h"
#include "util/log.h"
#include "util/parse.h"
#include "util/str.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
        "Usage: gpuhost-udev [--root=DIR] ADDRESS\n"
        "       gpuhost-udev [--root=DIR] --group=NUMBER\n"
        "Print what the configuration says of a PCI function or of a VFIO group, as properties for\n"
        "IMPORT{program} in udev rules. Nothing is printed for what is not declared.\n"
        "\n"
        "      --group=NUMBER  the GPU in this IOMMU group\n"
        "      --root=DIR      look at the tree below DIR\n"
        "      --help          show this help\n"
        "      --version       show the version\n";

static int usage(const char *word)
{
        log_error("wrong or missing argument '%s': see --help", word);
        return EXIT_USAGE;
}

/* True if the word is what may be asked. */
static bool parse_question(const char *word, Question *q)
{
        const char *group = startswith(word, "--group=");

        if (q->asked)
                return false;
        q->of_group = group;
        if (group)
                q->asked = parse_u64(group, &q->group) >= 0;
        else
                q->asked = pci_address_parse(word, &q->address) >= 0;
        return q->asked;
}

/* Without getopt: this starts for every function that may be part of a GPU. */
int main(int argc, char **argv)
{
        _cleanup_(root_freep) Root *root = NULL;
        const char *dir = "/", *value;
        Question question = {};
        int r;

        log_open(log_target_of_stderr(), "gpuhost-udev");
        for (int i = 1; i < argc; i++) {
                if (streq(argv[i], "--help"))
                        return fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                if (streq(argv[i], "--version"))
                        return puts("gpuhost " GPUHOST_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                value = startswith(argv[i], "--root=");
                if (value)
                        dir = value;
                else if (!parse_question(argv[i], &question))
                        return usage(argv[i]);
        }
        if (!question.asked)
                return usage("ADDRESS");
        r = root_open(dir, &root);
        if (r >= 0)
                r = decide(root, &question, stdout);
        if (r < 0)
                log_error("%s: %s", dir, strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
