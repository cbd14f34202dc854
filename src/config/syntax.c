// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/syntax.h"

#include "util/str.h"

typedef struct Problem {
        const char *theirs;  /* libyaml's words */
        const char *context; /* how its context begins; NULL: any */
        bool at_context;     /* where the thing began tells more than where it broke */
        const char *message, *hint;
} Problem;

/* In order: the first row that fits. */
/* clang-format off */
static const Problem problems[] = {
        { "found a tab character", NULL, false,
          "a tab where YAML wants spaces", "indent with spaces" },
        { "mapping values are not allowed", NULL, false,
          "a ':' where no key can stand", "indent the line as the keys above, or quote a value that holds ': '" },
        { "could not find expected ':'", NULL, true,
          "a key without its ':'", "write 'key: value'" },
        { "did not find expected key", "while parsing a block mapping", false,
          "this fits no key above", "keys of one map begin in one column" },
        { "did not find expected '-' indicator", NULL, false,
          "this fits no item above", "items of one list begin with '- ' in one column" },
        { "did not find expected ',' or ']'", NULL, false,
          "a list in [ ] that neither goes on with ',' nor ends with ']'", "" },
        { "did not find expected ',' or '}'", NULL, false,
          "a map in { } that neither goes on with ',' nor ends with '}'", "" },
        { "found unexpected end of stream", "while scanning a quoted scalar", true,
          "a quote that is never closed", "" },
        { "found unexpected document indicator", NULL, true,
          "a quote that is never closed", "" },
        { "did not find expected hexdecimal number", NULL, false,
          "an escape with too few digits", "\\x takes two hexadecimal digits, \\u four, \\U eight" },
        { "block sequence entries are not allowed", NULL, false,
          "a '-' where no list can begin", "begin the list on a line of its own" },
        { "mapping keys are not allowed", NULL, false,
          "a '?' where no key can stand", "quote the value" },
        { "did not find expected alphabetic or numeric character", "while scanning an alias", true,
          "a '*' that begins no alias", "quote the value" },
        { "did not find expected alphabetic or numeric character", "while scanning an anchor", true,
          "a '&' that begins no anchor", "quote the value" },
        { "did not find expected node content", NULL, false,
          "a value is missing here", "" },
        { "did not find expected <document start>", NULL, false,
          "text after the end of the document", "a file holds one list of keys" },
        { "found duplicate anchor", NULL, false,
          "an anchor twice", "" },
        { "found undefined tag handle", NULL, false,
          "tags have no meaning here", "remove the word that begins with '!', or quote it" },
        { "", "while scanning a tag", true,
          "tags have no meaning here", "remove the word that begins with '!', or quote it" },
        { "", "while scanning a block scalar", true,
          "a text after '|' or '>' that is not well-formed", "begin it on the next line, indented by spaces" },
        { "", "while scanning a directive", true,
          "a '%' begins a directive, which has no meaning here", "quote the value" },
        { "", "while scanning a %", true,
          "a '%' begins a directive, which has no meaning here", "quote the value" },
        { "found incompatible YAML document", NULL, false,
          "a version of YAML that is not known", "remove the line that begins with %YAML" },
};
/* clang-format on */

static const Problem *find_problem(const yaml_parser_t *p)
{
        for (size_t i = 0; i < ARRAY_SIZE(problems); i++)
                if (startswith(p->problem, problems[i].theirs) &&
                    (!problems[i].context ||
                     (p->context && startswith(p->context, problems[i].context))))
                        return problems + i;
        return NULL;
}

/* The text at a place of which libyaml counts the characters. */
static const char *at_mark(const char *text, size_t n, const yaml_mark_t *mark)
{
        const char *p = text, *end = text + n;

        for (size_t i = 0; i < mark->index && p < end; i++)
                do
                        p++;
                while (p < end && ((unsigned char)*p >> 6) == 2);
        return p;
}

static void explain_character(SyntaxError *e, const yaml_mark_t *mark, char c)
{
        char message[64];

        if (c == '\t') {
                syntax_error_set(e, (unsigned)mark->line + 1, (unsigned)mark->column + 1,
                                 "a tab where YAML wants spaces", "indent with spaces");
                return;
        }
        (void)snprintf(message, sizeof(message), "'%c' cannot begin a value", c);
        syntax_error_set(e, (unsigned)mark->line + 1, (unsigned)mark->column + 1, message,
                         "quote the value");
}

/* An escape that JSON has and YAML 1.1 has not, or that neither has: libyaml stands somewhere in it. */
static void explain_escape(SyntaxError *e, const char *text, const char *at,
                           const yaml_mark_t *mark)
{
        unsigned column = (unsigned)mark->column + 1;
        bool pair = true;
        char message[64];
        size_t len;

        for (; at > text && *at != '\\' && column > 1; column--)
                at--;
        len = strspn(at + 1, "0123456789abcdefABCDEFuUx") + 1;
        if (at[1] != 'u' && at[1] != 'U') {
                pair = false;
                len = at[1] ? 2 : 1;
        }
        (void)snprintf(message, sizeof(message), "'%.*s' is no escape that YAML knows",
                       (int)(len > 10 ? 10 : len), at);
        syntax_error_set(e, (unsigned)mark->line + 1, column, message,
                         pair ? "it is half of a pair: write the character itself"
                              : "write \\\\ for a backslash, or use single quotes");
}

bool syntax_at_end(const yaml_parser_t *p, const char *text, size_t n)
{
        return !*at_mark(text, n, &p->problem_mark);
}

void syntax_explain(const yaml_parser_t *p, const char *text, size_t n, SyntaxError *ret)
{
        const Problem *problem = find_problem(p);
        const char *at = at_mark(text, n, &p->problem_mark);
        const yaml_mark_t *mark = &p->problem_mark;
        char message[128];

        if (startswith(p->problem, "found character that cannot start")) {
                explain_character(ret, mark, *at);
        } else if (startswith(p->problem, "found unknown escape") ||
                   startswith(p->problem, "found invalid Unicode")) {
                explain_escape(ret, text, at, mark);
        } else if (problem) {
                if (problem->at_context)
                        mark = &p->context_mark;
                syntax_error_set(ret, (unsigned)mark->line + 1, (unsigned)mark->column + 1,
                                 problem->message, problem->hint);
        } else {
                (void)snprintf(message, sizeof(message), "not well-formed YAML: %s", p->problem);
                syntax_error_set(ret, (unsigned)mark->line + 1, (unsigned)mark->column + 1, message,
                                 "");
        }
}
