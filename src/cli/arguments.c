// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.h"

#include "cli/verb.h"
#include "model/plan.h"
#include "util/near.h"
#include "util/parse.h"

DEFINE_ENUM_TABLE(
        json_mode_table,
        "JSON mode", [JSON_OFF] = "off", [JSON_PRETTY] = "pretty", [JSON_SHORT] = "short");

#define AT(member) .offset = offsetof(Arguments, member)

/* clang-format off */
const OptionSpec option_specs[_OPTION_MAX] = {
        [OPTION_TREE]      = { "tree", .own = true, AT(tree), .help = "show what goes along with each GPU and what shares its group" },
        [OPTION_SEVERITY]  = { "severity", .own = true, .type = OPTION_WORD, AT(severity), .value = "LEVEL", .words = &severity_table, .help = "leave out findings below error, warning or info" },
        [OPTION_UNLESS_DISARMED] = { "unless-disarmed", .own = true, AT(unless_disarmed), .help = "leave a host alone that disarmed itself, or counts no boots" },
        [OPTION_YES]       = { "yes", 'y', .own = true, AT(yes), .help = "do not ask before something is changed or stopped" },
        [OPTION_DRY_RUN]   = { "dry-run", 'n', .own = true, AT(dry_run), .help = "show what would be done and change nothing" },
        [OPTION_ONLY]      = { "only", .own = true, .type = OPTION_WORD, AT(only), .value = "STEP", .words = &step_code_table, .help = "take only steps of this kind" },
        [OPTION_BOOT_FILES] = { "boot-files", .own = true, AT(boot_files), .help = "restore only what the next boot reads; leave drivers alone" },
        [OPTION_COMMAND]   = { "command", .own = true, AT(command), .help = "show what a VM that runs was started with" },
        [OPTION_FOLLOW]    = { "follow", 'f', .own = true, AT(follow), .help = "go on with what is said from now on" },
        [OPTION_LINES]     = { "lines", 'n', .own = true, .type = OPTION_NUMBER, AT(lines), .value = "N", .help = "only the last N lines" },
        [OPTION_JSON]      = { "json", .type = OPTION_WORD, AT(json), .value = "MODE", .words = &json_mode_table, .by_default = "pretty", .help = "JSON: pretty, short or off" },
        [OPTION_ROOT]      = { "root", .type = OPTION_TEXT, AT(root), .value = "PATH", .candidates = CANDIDATES_FILE, .help = "look at a folder or a capture instead of this machine" },
        [OPTION_NO_PAGER]  = { "no-pager", AT(no_pager), .help = "write straight to the terminal" },
        [OPTION_NO_LEGEND] = { "no-legend", AT(no_legend), .help = "leave out titles of columns and closing lines" },
        [OPTION_QUIET]     = { "quiet", 'q', AT(quiet), .help = "say only what was asked for: no hints, no notes" },
        [OPTION_HELP]      = { "help", 'h', AT(help), .help = "explain gpuhost, or the verb" },
        [OPTION_VERSION]   = { "version", AT(version), .help = "print the version" },
};
/* clang-format on */

static_assert(sizeof(JsonMode) == sizeof(int) && sizeof(Severity) == sizeof(int) &&
                      sizeof(StepCode) == sizeof(int),
              "OPTION_WORD stores ints");

bool option_fits(OptionId option, const Verb *verb)
{
        return !option_specs[option].own || (verb && (verb->options & 1u << option));
}

/* One pass over the words; what a verb may have is looked at when the verb is known. */
typedef struct Parser {
        char **argv; /* the next word */
        Arguments result;
        uint32_t seen; /* bits of OptionId */
        char **error;
} Parser;

static int wrong(char **error, char *message)
{
        *error = message;
        return message ? -EINVAL : -ENOMEM;
}

static int unknown(char **error, const char *what, const char *dashes, const Near *near)
{
        if (near->best)
                return wrong(error, format_string("unknown %s '%s%s', did you mean '%s%s'?", what,
                                                  dashes, near->word, dashes, near->best));
        return wrong(error, format_string("unknown %s '%s%s'", what, dashes, near->word));
}

/* Where an option's value goes; as large as its type says. */
static void *place(Parser *p, const OptionSpec *spec)
{
        return (char *)&p->result + spec->offset;
}

static int set_word(Parser *p, const OptionSpec *spec, const char *value)
{
        _cleanup_free_ char *choices = NULL;
        int v = enum_from_string(spec->words, value);

        if (v >= 0) {
                *(int *)place(p, spec) = v;
                return 0;
        }
        choices = enum_choices(spec->words);
        return choices ? wrong(p->error,
                               format_string("--%s is %s, not '%s'", spec->name, choices, value))
                       : -ENOMEM;
}

static int set_number(Parser *p, const OptionSpec *spec, const char *value)
{
        uint64_t v;

        if (parse_u64(value, &v) < 0 || v > INT32_MAX)
                return wrong(p->error,
                             format_string("--%s is a number, not '%s'", spec->name, value));
        *(int *)place(p, spec) = (int)v;
        return 0;
}

static int set_option(Parser *p, OptionId id, const char *value)
{
        const OptionSpec *spec = option_specs + id;

        p->seen |= 1u << id;
        switch (spec->type) {
        case OPTION_FLAG:
                if (value)
                        return wrong(p->error, format_string("--%s takes no value", spec->name));
                *(bool *)place(p, spec) = true;
                return 0;
        case OPTION_WORD:
        case OPTION_TEXT:
        case OPTION_NUMBER:
                if (!value)
                        value = spec->by_default ? spec->by_default : *p->argv;
                if (!value || !*value)
                        return wrong(p->error, format_string("--%s wants a value: --%s=%s",
                                                             spec->name, spec->name, spec->value));
                if (value == *p->argv)
                        p->argv++;
                if (spec->type == OPTION_WORD)
                        return set_word(p, spec, value);
                if (spec->type == OPTION_NUMBER)
                        return set_number(p, spec, value);
                *(const char **)place(p, spec) = value;
                return 0;
        }
        return -EINVAL;
}

static int parse_long(Parser *p, const char *word)
{
        _cleanup_free_ char *name = strndup(word, strcspn(word, "="));
        Near near = { .word = name };

        if (!name)
                return -ENOMEM;
        for (OptionId id = 0; id < _OPTION_MAX; id++)
                if (streq(option_specs[id].name, name))
                        return set_option(p, id,
                                          word[strlen(name)] ? word + strlen(name) + 1 : NULL);
        for (OptionId id = 0; id < _OPTION_MAX; id++)
                near_offer(&near, option_specs[id].name);
        return unknown(p->error, "option", "--", &near);
}

/* The one that the verb has, if it is known by now and has one; else the first of all. */
static OptionId find_letter(const Verb *verb, char letter)
{
        OptionId found = _OPTION_MAX;

        for (OptionId id = _OPTION_MAX; id-- > 0;)
                if (option_specs[id].letter == letter &&
                    (found == _OPTION_MAX || !option_fits(found, verb) || option_fits(id, verb)))
                        found = id;
        return found;
}

static int parse_letters(Parser *p, const char *letters)
{
        for (; *letters; letters++) {
                OptionId id = find_letter(p->result.verb, *letters);
                bool flag = id < _OPTION_MAX && option_specs[id].type == OPTION_FLAG;
                const char *rest = flag || !letters[1] ? NULL : letters + 1;
                int r;

                if (id == _OPTION_MAX)
                        return wrong(p->error, format_string("unknown option '-%c'", *letters));
                r = set_option(p, id, rest);
                if (r < 0 || rest)
                        return r;
        }
        return 0;
}

static int take_verb(Parser *p, const char *word)
{
        Near near = { .word = word };

        p->result.verb = verb_find(word);
        if (p->result.verb)
                return 0;
        for (size_t i = 0; i < n_verbs; i++)
                if (!verbs[i].hidden)
                        near_offer(&near, verbs[i].name);
        return unknown(p->error, "verb", "", &near);
}

/* The words of a hidden verb are its own business: completion hands over half a command line. */
static bool raw(const Parser *p)
{
        return p->result.verb && p->result.verb->hidden;
}

static int parse_words(Parser *p)
{
        bool options = true;
        int r = 0;

        while (r >= 0 && *p->argv) {
                const char *word = *p->argv++;

                if (options && !raw(p) && streq(word, "--"))
                        options = false;
                else if (options && !raw(p) && startswith(word, "--"))
                        r = parse_long(p, word + 2);
                else if (options && !raw(p) && word[0] == '-' && word[1])
                        r = parse_letters(p, word + 1);
                else if (!p->result.verb)
                        r = take_verb(p, word);
                else
                        p->result.words[p->result.n_words++] = word;
        }
        return r;
}

/* The verbs that know an option, for who gave it to another one. */
static int misplaced(char **error, OptionId id, const Verb *verb)
{
        for (size_t i = 0; i < n_verbs; i++)
                if (verbs[i].options & 1u << id)
                        return wrong(error, format_string("--%s is an option of '%s'%s%s%s",
                                                          option_specs[id].name, verbs[i].name,
                                                          verb ? ", not of '" : "",
                                                          verb ? verb->name : "", verb ? "'" : ""));
        return wrong(error, format_string("--%s has no meaning here", option_specs[id].name));
}

static int check_words(const Arguments *a, char **error)
{
        const Verb *verb = a->verb;

        if (a->n_words < verb->least)
                return wrong(error, format_string("'%s' wants an argument: gpuhost %s %s",
                                                  verb->name, verb->name, verb->arguments));
        if (a->n_words <= verb->most)
                return 0;
        if (verb->most == 0)
                return wrong(error, format_string("'%s' takes no argument, but '%s' was given",
                                                  verb->name, a->words[0]));
        return wrong(error, format_string("'%s' is an argument too many for '%s'",
                                          a->words[verb->most], verb->name));
}

static int check(const Parser *p)
{
        const Arguments *a = &p->result;

        if (a->help || a->version)
                return 0;
        for (OptionId id = 0; id < _OPTION_MAX; id++)
                if (p->seen & 1u << id && !option_fits(id, a->verb))
                        return misplaced(p->error, id, a->verb);
        return a->verb ? check_words(a, p->error) : 0;
}

int arguments_parse(char **argv, Arguments *ret, char **ret_error)
{
        Parser p = {
                .argv = argv,
                .error = ret_error,
                .result = { .severity = SEVERITY_INFO, .only = _STEP_MAX, .lines = -1 }
        };
        size_t n = 0;
        int r;

        while (argv[n])
                n++;
        p.result.words = calloc(n + 1, sizeof(char *));
        if (!p.result.words)
                return -ENOMEM;
        r = parse_words(&p);
        if (r >= 0)
                r = check(&p);
        if (r < 0) {
                arguments_done(&p.result);
                return r;
        }
        *ret = p.result;
        return 0;
}

void arguments_done(Arguments *arguments)
{
        free(arguments->words);
        *arguments = (Arguments){};
}
