// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/doc.h"

#include "unit.h"
#include "util/buf.h"
#include "util/str.h"

/* One line that tells all: "{a [b "c"]}", or where and what is wrong. */
static void show_node(const Doc *doc, const Node *node, StrBuf *out)
{
        switch (node->kind) {
        case NODE_SCALAR:
                str_buf_printf(out, node->plain ? "%s" : "\"%s\"", doc_text(doc, node));
                break;
        case NODE_LIST:
                str_buf_add_char(out, '[');
                FOREACH_ITEM(item, node)
                {
                        if (item > node + 1)
                                str_buf_add_char(out, ' ');
                        show_node(doc, item, out);
                }
                str_buf_add_char(out, ']');
                break;
        case NODE_MAP:
                str_buf_add_char(out, '{');
                FOREACH_PAIR(key, value, node)
                {
                        if (key > node + 1)
                                str_buf_add_char(out, ' ');
                        show_node(doc, key, out);
                        str_buf_add_char(out, '=');
                        show_node(doc, value, out);
                }
                str_buf_add_char(out, '}');
                break;
        }
}

static char *show(Doc *doc, const char *text, size_t n)
{
        _cleanup_free_ char *copy = calloc(n + 1, 1);
        SyntaxError error = {};
        StrBuf out = {};
        int r;

        assert_non_null(copy);
        memcpy(copy, text, n);
        r = doc_parse(doc, copy, n, &error);
        if (r < 0) {
                assert_int_equal(r, -EBADMSG);
                str_buf_printf(&out, "%u:%u: %s", error.line, error.column, error.message);
                if (error.hint[0])
                        str_buf_printf(&out, " | %s", error.hint);
        } else if (doc->n > 0) {
                assert_int_equal(doc->nodes[0].span, doc->n);
                show_node(doc, doc->nodes, &out);
        }
        return str_buf_take(&out);
}

typedef struct Row {
        const char *text, *shown;
} Row;

static void try_rows(const Row *rows, size_t n)
{
        _cleanup_doc_ Doc doc = {}; /* one for all: what one leaves must not reach the next */
        size_t wrong = 0;

        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ char *shown = show(&doc, rows[i].text, strlen(rows[i].text));

                if (streq(shown, rows[i].shown))
                        continue;
                print_message("# %s\n# is       %s\n# and not  %s\n", rows[i].text, shown,
                              rows[i].shown);
                wrong++;
        }
        assert_int_equal(wrong, 0);
}

static void documents(void **state)
{
        static const Row rows[] = {
                { "",                                                 ""                                   },
                { "# nothing\n",                                      ""                                   },
                { "a: b",                                             "{a=b}"                              },
                { "a: 'b'\nc: \"d\"\n",                               "{a=\"b\" c=\"d\"}"                  },
                { "a:\n  - b\n  - {c: d}\n",                          "{a=[b {c=d}]}"                      },
                { "- a\n- [b, c]\n",                                  "[a [b c]]"                          },
                { "a:\nb: ~\n",                                       "{a= b=~}"                           },
                { "---\na: b\n...\n",                                 "{a=b}"                              },
                { "%YAML 1.1\n---\na: b\n",                           "{a=b}"                              },
                { "\xef\xbb\xbf"
                  "a: b\r\nc: d\r\n",                "{a=b c=d}"                          },
                { "a: &x [b, c]\nd: *x\ne: *x\n",                     "{a=[b c] d=[b c] e=[b c]}"          },
                { "a: &x b\nb: &x c\nd: *x\n",                        "{a=b b=c d=c}"                      },
                { "a: |\n  two\n  lines\n",                           "{a=\"two\nlines\n\"}"               },
                { "p: 2222:22\nq: 1.10\nr: 010\ns: yes\n",            "{p=2222:22 q=1.10 r=010 s=yes}"     },
                { "<<: {a: b}\n",                                     "{<<={a=b}}"                         },
                { "{\"a\":1,\"b\":[true,null,-2.5e3]}",               "{\"a\"=1 \"b\"=[true null -2.5e3]}" },
                { "\t{\n\t\"a\":\t\"b\"\t,\n\t\"c\": [\t1\t]\n\t}\n", "{\"a\"=\"b\" \"c\"=[1]}"            },
                { "[\t\"a\\\"\tb\\\\\",\t2]",                         "[\"a\"\tb\\\" 2]"                   },
                { "{a: it's,\tb: x}",                                 "{a=it's b=x}"                       },
                { "{\"a\": \"\\u00e9\\/\\n\"}",                       "{\"a\"=\"é/\n\"}"                   },
                { "a: \"\\x41\\u0042\\U00000043\"",                   "{a=\"ABC\"}"                        },
        };

        try_rows(rows, ARRAY_SIZE(rows));
}

static void wrong_documents(void **state)
{
        /* clang-format off */
        static const Row rows[] = {
                { "a:\n\tb: c\n", "2:1: a tab where YAML wants spaces | indent with spaces" },
                { "a: b\n\tc: d\n", "2:1: a tab where YAML wants spaces | indent with spaces" },
                { "a: @b\n", "1:4: '@' cannot begin a value | quote the value" },
                { "a: `b`\n", "1:4: '`' cannot begin a value | quote the value" },
                { "a: %b\n", "1:4: '%' cannot begin a value | quote the value" },
                { "%b\n", "1:1: a '%' begins a directive, which has no meaning here | quote the value" },
                { "a: b: c\n", "1:5: a ':' where no key can stand | indent the line as the keys above, or quote a value that holds ': '" },
                { "a: b\nc\n", "2:1: a key without its ':' | write 'key: value'" },
                { "a: b\n  c: d\n", "2:4: a ':' where no key can stand | indent the line as the keys above, or quote a value that holds ': '" },
                { "a:\n  b: c\n d: e\n", "3:2: this fits no key above | keys of one map begin in one column" },
                { "a:\n  - b\n  c: d\n", "3:3: this fits no item above | items of one list begin with '- ' in one column" },
                { "a: [b, c\nd: e\n", "2:2: a list in [ ] that neither goes on with ',' nor ends with ']'" },
                { "a: {b: c\nd: e\n", "2:2: a map in { } that neither goes on with ',' nor ends with '}'" },
                { "a: [b, c", "1:4: a '[' that is never closed" },
                { "{\"a\": 1", "1:1: a '{' that is never closed" },
                { "a: [\n", "1:4: a '[' that is never closed" },
                { "{a: {b: c,\n", "1:5: a '{' that is never closed" },
                { "{\"a\": \"b\n", "1:7: a quote that is never closed" },
                { "a: \"b\n", "1:4: a quote that is never closed" },
                { "a: 'b\n", "1:4: a quote that is never closed" },
                { "a: \"\\q\"\n", "1:5: '\\q' is no escape that YAML knows | write \\\\ for a backslash, or use single quotes" },
                { "a: \"\\ud83d\\ude00\"\n", "1:5: '\\ud83d' is no escape that YAML knows | it is half of a pair: write the character itself" },
                { "é: \"é\\q\"\n", "1:6: '\\q' is no escape that YAML knows | write \\\\ for a backslash, or use single quotes" },
                { "a: \"\\u12\"\n", "1:7: an escape with too few digits | \\x takes two hexadecimal digits, \\u four, \\U eight" },
                { "a: - b\n", "1:4: a '-' where no list can begin | begin the list on a line of its own" },
                { "a: *\n", "1:4: a '*' that begins no alias | quote the value" },
                { "a: [*:*]\n", "1:5: a '*' that begins no alias | quote the value" },
                { "a: & b\n", "1:4: a '&' that begins no anchor | quote the value" },
                { "a: *b\n", "1:4: an alias without its anchor | quote the value if its '*' is meant as it is" },
                { "a: &x [*x]\n", "1:8: an alias inside of what it stands for | write the value out" },
                { "a: !!str b\n", "1:4: tags have no meaning here | remove the word that begins with '!', or quote it" },
                { "a: !b c\n", "1:4: tags have no meaning here | remove the word that begins with '!', or quote it" },
                { "a: !<b\n", "1:4: tags have no meaning here | remove the word that begins with '!', or quote it" },
                { "!!map {a: b}\n", "1:1: tags have no meaning here | remove the word that begins with '!', or quote it" },
                { "a: b\n---\nc: d\n", "2:1: a second document | a file holds one: remove the '---'" },
                { "a: b\n...\nc: d\n", "3:1: text after the end of the document | a file holds one list of keys" },
                { "{a: b} c\n", "1:8: text after the end of the document | a file holds one list of keys" },
                { "a: |x\n  b\n", "1:4: a text after '|' or '>' that is not well-formed | begin it on the next line, indented by spaces" },
                { "a: \"\\0\"\n", "1:4: a text with a NUL character | remove the \\0 or \\x00" },
                { "a: \x1b[31m\n", "1:4: control character U+001B | remove it, or write it as an escape in double quotes" },
                { "a: b\n# \xe9\n", "2:3: byte 0xe9 is not UTF-8 | save the file as UTF-8" },
                { "é: \xc3", "1:4: byte 0xc3 is not UTF-8 | save the file as UTF-8" },
                { "a: \xed\xa0\x80", "1:4: byte 0xed is not UTF-8 | save the file as UTF-8" },
                { "a: \xc0\x80", "1:4: byte 0xc0 is not UTF-8 | save the file as UTF-8" },
                { "a: \xf5\x80\x80\x80", "1:4: byte 0xf5 is not UTF-8 | save the file as UTF-8" },
                { "a: b\n\xef\xbb\xbf" "c: d\n", "2:1: control character U+FEFF | remove it, or write it as an escape in double quotes" },
        };
        /* clang-format on */

        try_rows(rows, ARRAY_SIZE(rows));
}

static void nul_bytes(void **state)
{
        static const char text[] = "a: b\nc: long enough for eight\0x\n";
        _cleanup_doc_ Doc doc = {};
        _cleanup_free_ char *shown = show(&doc, text, sizeof(text) - 1);

        assert_string_equal(shown, "2:25: a NUL byte | remove it: files are text");
}

/* `n` times `open`, then as often `close`. */
static char *nest(size_t n, char open, char close)
{
        StrBuf b = {};

        str_buf_fill(&b, open, n);
        str_buf_fill(&b, close, n);
        return str_buf_take(&b);
}

static void depth(void **state)
{
        _cleanup_free_ char *fits = nest(DOC_MAX_DEPTH, '[', ']'),
                            *deeper = nest(DOC_MAX_DEPTH + 1, '[', ']'),
                            *endless = nest(1000, '[', ']');
        const Row rows[] = {
                { fits,    fits                                                   },
                { deeper,  "1:33: too deeply nested | at most 32 levels are read" },
                { endless, "1:33: too deeply nested | at most 32 levels are read" },
        };

        try_rows(rows, ARRAY_SIZE(rows));
}

static void copies(void **state)
{
        static const Row rows[] = {
                { "a: &a [x,x,x,x,x,x,x,x,x]\n"
                  "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                  "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
                  "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                  "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n", "5:8: the aliases stand for too much | together they may stand for 10000 values" },
        };

        try_rows(rows, ARRAY_SIZE(rows));
}

static void number_of_values(void **state)
{
        _cleanup_str_buf_ StrBuf b = {};
        Row row = { .shown = "1:200000: the file holds too many values | at most 100000 are read" };

        str_buf_add_char(&b, '[');
        for (size_t i = 0; i < DOC_MAX_NODES + 1; i++)
                str_buf_add(&b, "x,");
        str_buf_add_char(&b, ']');
        row.text = str_buf_get(&b);
        try_rows(&row, 1);
}

static void places(void **state)
{
        char text[] = "a: b\n  \n\"é\":  [ c,\n d ]\n";
        _cleanup_doc_ Doc doc = {};
        static const unsigned expected[][2] = {
                { 1, 1 },
                { 1, 1 },
                { 1, 4 },
                { 3, 1 },
                { 3, 7 },
                { 3, 9 },
                { 4, 2 },
        };
        SyntaxError error;

        assert_int_equal(doc_parse(&doc, text, strlen(text), &error), 0);
        assert_int_equal(doc.n, ARRAY_SIZE(expected));
        for (size_t i = 0; i < doc.n; i++) {
                assert_int_equal(doc.nodes[i].line, expected[i][0]);
                assert_int_equal(doc.nodes[i].column, expected[i][1]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(documents),        cmocka_unit_test(wrong_documents),
                cmocka_unit_test(nul_bytes),        cmocka_unit_test(depth),
                cmocka_unit_test(copies),           cmocka_unit_test(places),
                cmocka_unit_test(number_of_values),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
