// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "run/descriptors.h"
#include "run/supervisor.h"
#include "supervise/record.h"
#include "util/log.h"

static const char help[] =
        "Usage: gpuhost-run vm NAME [--record=FILE]\n"
        "Start the machine that gpuhost-claim has made ready, and stay with it until it has ended: what\n"
        "gpu-vm@NAME.service runs.\n"
        "\n"
        "      --record=FILE  what to start, instead of /run/gpuhost/start/NAME.json\n"
        "      --help         show this help\n"
        "      --version      show the version\n"
        "\n"
        "Exit status, where an asterisk marks what a restart would not change:\n";

typedef struct Arguments {
        const char *name, *record;
        bool kind;
} Arguments;

static int print_help(void)
{
        (void)fputs(help, stdout);
        for (size_t i = 0; i < ending_table_size; i++)
                (void)printf("%4d %s %s\n", ending_table[i].code, ending_table[i].final ? "*" : " ",
                             ending_table[i].meaning);
        return fflush(stdout) == EOF ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool parse_argument(const char *word, Arguments *a)
{
        const char *record = startswith(word, "--record=");

        if (record)
                a->record = record;
        else if (!a->kind)
                a->kind = streq(word, "vm");
        else if (!a->name && instance_name_valid(word))
                a->name = word;
        else
                return false;
        return a->kind;
}

/* 0, or what is ended with. */
static RunExit read_record(const Arguments *a, RunRecord *ret)
{
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_free_ char *path = a->record ? strdup(a->record) : run_record_path(a->name);
        _cleanup_str_buf_ StrBuf why = {};
        int r = path ? root_open(a->record && *a->record != '/' ? "." : "/", &root) : -ENOMEM;

        if (r >= 0)
                r = run_record_read(root, path, ret, &why);
        if (r >= 0 && streq(ret->name, a->name))
                return RUN_EXIT_ENDED;
        if (r == -ENOENT && !a->record) {
                log_notice("%s: there is nothing to start: the claim stage has refused it",
                           a->name);
                return RUN_EXIT_UNCLAIMED;
        }
        if (r >= 0)
                str_buf_printf(&why, "it is that of %s", ret->name);
        log_error("%s: cannot be started: %s%s: %s", a->name, a->record || !path ? "" : "/",
                  path ? path : "", why.len > 0 ? str_buf_get(&why) : strerror(-r));
        return RUN_EXIT_RECORD;
}

static RunExit run_vm(const Arguments *a)
{
        _cleanup_run_record_ RunRecord record = {};
        _cleanup_str_buf_ StrBuf why = {};
        RunExit ended = read_record(a, &record);
        int fds[RUN_FDS_MAX], r;

        if (ended != RUN_EXIT_ENDED)
                return ended;
        r = descriptors_take(&record.fds, fds, &why);
        if (r < 0) {
                log_error("%s: cannot be started: %s", a->name,
                          why.len > 0 ? str_buf_get(&why) : strerror(-r));
                return RUN_EXIT_FAILED;
        }
        return supervise(&record, fds);
}

int main(int argc, char **argv)
{
        Arguments a = {};

        log_open(log_target_of_stderr(), "gpuhost-run");
        for (int i = 1; i < argc; i++) {
                if (streq(argv[i], "--help"))
                        return print_help();
                if (streq(argv[i], "--version"))
                        return puts("gpuhost " GPUHOST_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
                if (!parse_argument(argv[i], &a)) {
                        log_error("wrong argument '%s': see --help", argv[i]);
                        return RUN_EXIT_USAGE;
                }
        }
        if (!a.name) {
                log_error("'vm' and the name of an instance are missing: see --help");
                return RUN_EXIT_USAGE;
        }
        return (int)run_vm(&a);
}
