// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/json.h"
#include "util/diag.h"

typedef struct Verb Verb;

/* What a command line says. Strings are borrowed from it. */
typedef struct Arguments {
        const Verb *verb; /* NULL: none was given */
        const char **words;
        unsigned n_words; /* behind the verb */
        bool help, version, no_pager, no_legend, quiet, tree, unless_disarmed;
        bool yes, dry_run, boot_files, follow, command;
        int lines;    /* -1: not said */
        int json;     /* JsonMode */
        int severity; /* Severity */
        int only;     /* StepCode; _STEP_MAX: all */
        const char *root;
} Arguments;

typedef enum OptionType {
        OPTION_FLAG,   /* bool */
        OPTION_WORD,   /* int, by a table of words */
        OPTION_TEXT,   /* const char * */
        OPTION_NUMBER, /* int, 0 or more */
} OptionType;

/* What may stand in a place, for completion. */
typedef enum Candidates {
        CANDIDATES_NONE,
        CANDIDATES_FILE,
        CANDIDATES_VERB,
        CANDIDATES_GPU,
        CANDIDATES_INSTANCE,
        CANDIDATES_OBJECT, /* an instance or a GPU */
} Candidates;

typedef struct OptionSpec {
        const char *name; /* without its dashes */
        char letter;      /* 0: none; own ones of several verbs may have the same */
        bool own;         /* only of the verbs that name it */
        OptionType type;
        size_t offset;          /* in Arguments */
        const char *value;      /* "MODE"; NULL for flags */
        const EnumTable *words; /* OPTION_WORD */
        const char
                *by_default;   /* the word that `--NAME` alone means; NULL: a value must be given */
        Candidates candidates; /* OPTION_TEXT */
        const char *help;
} OptionSpec;

typedef enum OptionId {
        OPTION_TREE,
        OPTION_SEVERITY,
        OPTION_UNLESS_DISARMED,
        OPTION_YES,
        OPTION_DRY_RUN,
        OPTION_ONLY,
        OPTION_BOOT_FILES,
        OPTION_COMMAND,
        OPTION_FOLLOW,
        OPTION_LINES,
        OPTION_JSON,
        OPTION_ROOT,
        OPTION_NO_PAGER,
        OPTION_NO_LEGEND,
        OPTION_QUIET,
        OPTION_HELP,
        OPTION_VERSION,
        _OPTION_MAX,
} OptionId;

extern const OptionSpec option_specs[_OPTION_MAX];

/* Can this verb do with that option? NULL: no verb at all. */
bool option_fits(OptionId option, const Verb *verb);

/* -EINVAL with what is wrong in *ret_error, one line without a full stop. */
int arguments_parse(char **argv, Arguments *ret, char **ret_error) _must_check_;
void arguments_done(Arguments *arguments);
#define _cleanup_arguments_ _cleanup_(arguments_done)
