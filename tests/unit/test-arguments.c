// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.h"

#include <string.h>

#include "cli/verb.h"
#include "unit.h"

enum { MAX_WORDS = 8 };

/* Parts a line at single spaces, which is enough for what stands here. */
static void split(char *line, char **argv)
{
        size_t n = 0;

        for (char *word; (word = strsep(&line, " "));)
                argv[n++] = word;
        argv[n] = NULL;
}

static int parse(const char *line, char *copy, Arguments *ret, char **ret_error)
{
        char *argv[MAX_WORDS + 1];

        if (*line)
                split(strcpy(copy, line), argv);
        else
                argv[0] = NULL;
        return arguments_parse(argv, ret, ret_error);
}

static void what_is_right_is_taken(void **state)
{
        static const struct {
                const char *line, *verb, *word, *root;
                JsonMode json;
                bool quiet, tree;
        } rows[] = {
                { .line = "" },
                { .line = "list", .verb = "list" },
                { .line = "list --json", .verb = "list", .json = JSON_PRETTY },
                { .line = "--json=short list", .verb = "list", .json = JSON_SHORT },
                { .line = "list --json=off", .verb = "list" },
                { .line = "--tree -q list", .verb = "list", .quiet = true, .tree = true },
                { .line = "list --quiet --tree", .verb = "list", .quiet = true, .tree = true },
                { .line = "show --root=/r big", .verb = "show", .word = "big", .root = "/r" },
                { .line = "show --root /r big", .verb = "show", .word = "big", .root = "/r" },
                { .line = "show big --root=a=b", .verb = "show", .word = "big", .root = "a=b" },
                { .line = "show -- --big", .verb = "show", .word = "--big" },
                { .line = "show -", .verb = "show", .word = "-" },
                { .line = "complete --json -- x", .verb = "complete", .word = "--json" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_arguments_ Arguments a = {};
                _cleanup_free_ char *error = NULL;
                char copy[256];

                assert_int_equal(parse(rows[i].line, copy, &a, &error), 0);
                assert_string_equal(a.verb ? a.verb->name : "", rows[i].verb ? rows[i].verb : "");
                assert_string_equal(a.n_words ? a.words[0] : "", rows[i].word ? rows[i].word : "");
                assert_string_equal(a.root ? a.root : "", rows[i].root ? rows[i].root : "");
                assert_int_equal(a.json, rows[i].json);
                assert_int_equal(a.quiet, rows[i].quiet);
                assert_int_equal(a.tree, rows[i].tree);
        }
}

/* -n is --lines of logs, and --dry-run of others. */
static void a_letter_means_what_the_verb_has(void **state)
{
        static const struct {
                const char *line;
                int lines;
                bool follow, dry_run;
        } rows[] = {
                { "logs big", .lines = -1 },
                { "logs -n 5 big", .lines = 5 },
                { "logs -fn5 big", .lines = 5, .follow = true },
                { "logs --lines=0 big -f", .lines = 0, .follow = true },
                { "apply -n", .lines = -1, .dry_run = true },
                { "-n apply", .lines = -1, .dry_run = true },
                { "switch -ny big", .lines = -1, .dry_run = true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_arguments_ Arguments a = {};
                _cleanup_free_ char *error = NULL;
                char copy[256];

                assert_int_equal(parse(rows[i].line, copy, &a, &error), 0);
                assert_int_equal(a.lines, rows[i].lines);
                assert_int_equal(a.follow, rows[i].follow);
                assert_int_equal(a.dry_run, rows[i].dry_run);
        }
}

static void what_is_wrong_is_named(void **state)
{
        static const struct {
                const char *line, *error;
        } rows[] = {
                { "lsit",                   "unknown verb 'lsit', did you mean 'list'?"         },
                { "frobnicate",             "unknown verb 'frobnicate'"                         },
                { "comlete",                "unknown verb 'comlete'"                            }, /* hidden ones are not offered */
                { "list --jsno",            "unknown option '--jsno', did you mean '--json'?"   },
                { "list --jsno=short",      "unknown option '--jsno', did you mean '--json'?"   },
                { "--zebra",                "unknown option '--zebra'"                          },
                { "list -x",                "unknown option '-x'"                               },
                { "list -qx",               "unknown option '-x'"                               },
                { "list --json=nice",       "--json is off, pretty or short, not 'nice'"        },
                { "list --json=",           "--json wants a value: --json=MODE"                 },
                { "list --root",            "--root wants a value: --root=PATH"                 },
                { "list --root=",           "--root wants a value: --root=PATH"                 },
                { "list --tree=yes",        "--tree takes no value"                             },
                { "logs -n many big",       "--lines is a number, not 'many'"                   },
                { "logs -n -1 big",         "--lines is a number, not '-1'"                     },
                { "logs big -n",            "--lines wants a value: --lines=N"                  },
                { "apply --lines=1",        "--lines is an option of 'logs', not of 'apply'"    },
                { "list extra",             "'list' takes no argument, but 'extra' was given"   },
                { "show",                   "'show' wants an argument: gpuhost show NAME"       },
                { "show a b",               "'b' is an argument too many for 'show'"            },
                { "check --tree",           "--tree is an option of 'list', not of 'check'"     },
                { "--tree",                 "--tree is an option of 'list'"                     },
                { "check --severity=fatal", "--severity is error, warning or info, not 'fatal'" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_arguments_ Arguments a = {};
                _cleanup_free_ char *error = NULL;
                char copy[256];

                assert_int_equal(parse(rows[i].line, copy, &a, &error), -EINVAL);
                assert_string_equal(error, rows[i].error);
                assert_null(a.words);
        }
}

static void help_is_given_whatever_else_is_wrong(void **state)
{
        static const char *const lines[] = { "--help", "show --help", "list -h extra",
                                             "--tree -h" };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                _cleanup_arguments_ Arguments a = {};
                _cleanup_free_ char *error = NULL;
                char copy[256];

                assert_int_equal(parse(lines[i], copy, &a, &error), 0);
                assert_true(a.help);
        }
}

static void the_tables_are_whole(void **state)
{
        for (size_t i = 0; i < n_verbs; i++) {
                assert_non_null(verbs[i].run);
                assert_true(verbs[i].least <= verbs[i].most);
                assert_true(*verbs[i].help);
                assert_ptr_equal(verb_find(verbs[i].name), verbs + i);
                /* a line of 80 columns holds it, behind the verb */
                assert_true(strlen(verbs[i].help) <= 56);
        }
        for (OptionId id = 0; id < _OPTION_MAX; id++) {
                assert_non_null(option_specs[id].name);
                assert_int_equal(option_specs[id].type == OPTION_FLAG, !option_specs[id].value);
                assert_int_equal(option_specs[id].type == OPTION_WORD, !!option_specs[id].words);
                assert_true(strlen(option_specs[id].help) <= 60);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_right_is_taken),
                cmocka_unit_test(a_letter_means_what_the_verb_has),
                cmocka_unit_test(what_is_wrong_is_named),
                cmocka_unit_test(help_is_given_whatever_else_is_wrong),
                cmocka_unit_test(the_tables_are_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
