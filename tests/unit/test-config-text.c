// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/text.h"

#include "unit.h"
#include "util/str.h"

/* Eight bytes are looked at together: each value at each place must be seen. */
static void every_byte_at_every_place(void **state)
{
        for (unsigned c = 0; c < 256; c++)
                for (unsigned at = 0; at < 20; at++) {
                        char text[] = "abcdefgh\"jkl ~op{}st";
                        bool fine = (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r';
                        SyntaxError error;

                        text[at] = (char)c;
                        assert_int_equal(text_check(text, sizeof(text) - 1, &error),
                                         fine ? 0 : -EBADMSG);
                        if (!fine)
                                assert_int_equal(error.column, at + 1);
                }
}

static void characters(void **state)
{
        static const struct {
                const char *text;
                bool fine;
        } rows[] = {
                { "é",                true  },
                { "\xc2\x85",         true  }, /* the line end of YAML 1.1 */
                { "\xc2\x84",         false },
                { "\xc2\xa0",         true  },
                { "\xe2\x80\xa8",     true  },
                { "\xed\x9f\xbf",     true  },
                { "\xee\x80\x80",     true  },
                { "\xef\xbf\xbd",     true  },
                { "\xef\xbf\xbe",     false },
                { "\xef\xbb\xbf",     true  }, /* a byte order mark at the beginning */
                { "a\xef\xbb\xbf",    false },
                { "\xf0\x9f\x98\x80", true  },
                { "\xf4\x8f\xbf\xbd", true  },
                { "\xf4\x90\x80\x80", false },
                { "\xe0\x9f\xbf",     false },
                { "\xf0\x8f\xbf\xbf", false },
                { "\x80",             false },
                { "\xe2\x80",         false },
                { "\xc3(",            false },
        };
        SyntaxError error;

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                print_message("# %zu\n", i);
                assert_int_equal(text_check(rows[i].text, strlen(rows[i].text), &error),
                                 rows[i].fine ? 0 : -EBADMSG);
        }
}

static void lines(void **state)
{
        static const char text[] = "one\r\n\nthree";
        static const struct {
                unsigned line;
                const char *is;
        } rows[] = {
                { 1, "one"   },
                { 2, ""      },
                { 3, "three" },
                { 4, NULL    },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const char *start;
                size_t n;

                assert_int_equal(text_line(text, sizeof(text) - 1, rows[i].line, &start, &n),
                                 rows[i].is != NULL);
                if (!rows[i].is)
                        continue;
                assert_int_equal(n, strlen(rows[i].is));
                assert_memory_equal(start, rows[i].is, n);
        }
}

static void words_for_messages(void **state)
{
        static const struct {
                const char *word, *shown;
        } rows[] = {
                { "plain",                                                                              "plain"                         },
                { "a\nb\tc\x1b[31m\x7f",                                                                "a\\nb\\x09c\\x1b[31m\\x7f"     },
                { "a\xc2\x9b\xc2\x85\u2028\ufeff",                                                      "a\\u009b\\u0085\\u2028\\ufeff" },
                { "é",                                                                                  "é"                             },
                { "0123456789012345678901234567890123456789012345678901234567890123456789",
                 "012345678901234567890123456789012345678901234567890123456789…"                                                        },
                { "01234567890123456789012345678901234567890123456789012345678é56789",
                 "01234567890123456789012345678901234567890123456789012345678…"                                                         },
                { "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
                 "\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n\\n…"                          },
        };
        char buf[TEXT_SHOW_MAX];

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                assert_string_equal(text_show(rows[i].word, buf), rows[i].shown);
}

static void visible(void **state)
{
        assert_true(text_is_visible("", ""));
        assert_true(text_is_visible("é 😀 ~", ""));
        assert_false(text_is_visible("a\tb", ""));
        assert_true(text_is_visible("a\tb\n", "\n\t"));
        assert_false(text_is_visible("a\rb", "\n\t"));
        assert_false(text_is_visible("\x7f", "\n\t"));
        assert_false(text_is_visible("\xc2\x90", "\n\t"));
        assert_false(text_is_visible("a\u2029", "\n\t"));
        assert_false(text_is_visible("\ufeff", "\n\t"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_byte_at_every_place),
                cmocka_unit_test(characters),
                cmocka_unit_test(lines),
                cmocka_unit_test(words_for_messages),
                cmocka_unit_test(visible),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
