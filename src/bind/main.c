// SPDX-License-Identifier: LGPL-2.1-or-later
#include <getopt.h>
#include <string.h>

#include "bind/early.h"
#include "bind/run.h"
#include "util/log.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
        "Usage: gpuhost-bind [OPTION]...\n"
        "Bind the GPUs that are declared for passthrough, before their native drivers do.\n"
        "\n"
        "      --device=ADDRESS  only the card with this PCI address\n"
        "  -n, --dry-run         show what would be bound, and change nothing\n"
        "      --list            print address, driver and modalias of each function that would be\n"
        "                        bound if gpuhost were not off: for initramfs generators\n"
        "      --load=DRIVER     load a driver as for binding, and bind nothing\n"
        "      --initrd          run in an initramfs; implies --kmsg\n"
        "      --kmsg            write messages to the kernel log\n"
        "      --root=DIR        look at and write to the tree below DIR\n"
        "      --help            show this help\n"
        "      --version         show the version\n"
        "\n"
        "Exit status: 0 all is as declared, 1 something could not be bound, 2 wrong usage or a\n"
        "file under host.d with an error. See gpuhost-boot(7).\n";

enum {
        OPT_DEVICE = 256,
        OPT_INITRD,
        OPT_KMSG,
        OPT_LIST,
        OPT_LOAD,
        OPT_ROOT,
        OPT_HELP,
        OPT_VERSION
};

static const struct option options[] = {
        { "device", required_argument, NULL, OPT_DEVICE },
        { "dry-run", no_argument, NULL, 'n' },
        { "initrd", no_argument, NULL, OPT_INITRD },
        { "kmsg", no_argument, NULL, OPT_KMSG },
        { "list", no_argument, NULL, OPT_LIST },
        { "load", required_argument, NULL, OPT_LOAD },
        { "root", required_argument, NULL, OPT_ROOT },
        { "help", no_argument, NULL, OPT_HELP },
        { "version", no_argument, NULL, OPT_VERSION },
        {}
};

/* 1: go on; else the program ends with *ret_status. */
static int parse_option(int c, BindArguments *a, int *ret_status)
{
        switch (c) {
        case OPT_DEVICE:
                a->has_device = pci_address_parse(optarg, &a->device) >= 0;
                if (a->has_device)
                        return 1;
                log_error("'%s' is no PCI address like 0000:01:00.0", optarg);
                *ret_status = EXIT_USAGE;
                return 0;
        case 'n':
                a->dry_run = true;
                return 1;
        case OPT_INITRD:
                a->initrd = a->kmsg = true;
                return 1;
        case OPT_KMSG:
                a->kmsg = true;
                return 1;
        case OPT_LIST:
                a->list = true;
                return 1;
        case OPT_LOAD:
                a->load = optarg;
                return 1;
        case OPT_ROOT:
                a->root = optarg;
                return 1;
        case OPT_HELP:
                *ret_status = fputs(help, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                return 0;
        case OPT_VERSION:
                *ret_status = puts("gpuhost " GPUHOST_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                return 0;
        default:
                *ret_status = EXIT_USAGE; /* getopt has said what is wrong */
                return 0;
        }
}

static int parse(int argc, char **argv, BindArguments *a, int *ret_status)
{
        int c;

        while ((c = getopt_long(argc, argv, "n", options, NULL)) >= 0)
                if (!parse_option(c, a, ret_status))
                        return 0;
        if (optind == argc)
                return 1;
        log_error("there is nothing to be said beside options: '%s'", argv[optind]);
        *ret_status = EXIT_USAGE;
        return 0;
}

int main(int argc, char **argv)
{
        BindArguments arguments = { .root = "/" };
        _cleanup_(root_freep) Root *root = NULL;
        int status, r;

        log_open(log_target_of_stderr(), "gpuhost-bind");
        if (!parse(argc, argv, &arguments, &status))
                return status;
        if (arguments.kmsg)
                log_open(LOG_TO_KMSG, "gpuhost-bind");
        r = root_open(arguments.root, &root);
        if (r < 0) {
                log_error("cannot open %s: %s", arguments.root, strerror(-r));
                return EXIT_FAILURE;
        }
        status = bind_run(&arguments, root);
        if (status == EXIT_SUCCESS)
                tell_ready();
        return status;
}
