// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/text.h"

#include <string.h>

#include "unit.h"

static const TextFormat unlimited = {}, utf8 = { .unicode = true };

static void nothing_steers_a_terminal(void **state)
{
        static const struct {
                const char *raw, *shown;
        } rows[] = {
                { "plain",                "plain"                },
                { "",                     ""                     },
                { "a\033[31mb",           "a\\x1b[31mb"          },
                { "a\nb\tc\rd",           "a\\nb\\tc\\x0dd"      },
                { "\x7f",                 "\\x7f"                },
                { "\xc2\x9b"
                  "1m",  "\\xc2\\x9b1m"         }, /* CSI in one byte */
                { "\xe2\x80\xae"
                  "gnp", "\\xe2\\x80\\xaegnp"   }, /* right to left */
                { "caf\xc3\xa9",          "caf\xc3\xa9"          },
                { "caf\xe9!",             "caf\\xe9!"            }, /* Latin-1 */
                { "\xc0\xaf",             "\\xc0\\xaf"           }, /* overlong */
                { "\xed\xa0\x80",         "\\xed\\xa0\\x80"      }, /* surrogate */
                { "\xf4\x90\x80\x80",     "\\xf4\\x90\\x80\\x80" }, /* behind U+10FFFF */
                { "\xe2\x82",             "\\xe2\\x82"           }, /* cut off */
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_str_buf_ StrBuf out = {};

                text_add(&out, rows[i].raw);
                assert_string_equal(str_buf_get(&out), rows[i].shown);
        }
}

static void width_is_in_columns(void **state)
{
        assert_int_equal(text_width(""), 0);
        assert_int_equal(text_width("abc"), 3);
        assert_int_equal(text_width("caf\xc3\xa9"), 4);
        assert_int_equal(text_width("\xe6\xbc\xa2\xe5\xad\x97"), 4); /* two of them, two wide */
        assert_int_equal(text_width("e\xcc\x81"), 1);                /* combining */
        assert_int_equal(text_width("\033"), 4);                     /* as it is shown */
}

static void what_is_cut_ends_in_an_ellipsis(void **state)
{
        static const struct {
                const char *raw;
                size_t columns;
                const char *ascii, *unicode;
        } rows[] = {
                { "abcdef",              6, "abcdef", "abcdef"        },
                { "abcdef",              5, "ab...",  "abcd…"         },
                { "abcdef",              3, "...",    "ab…"           },
                { "abcdef",              1, "",       "…"             },
                { "abcdef",              0, "",       ""              },
                { "\xe6\xbc\xa2"
                  "bc", 3, "...",    "\xe6\xbc\xa2…" },
                { "a\033bc",             4, "a...",   "a…"            }, /* no half an escape */
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_str_buf_ StrBuf ascii = {}, unicode = {};

                text_add_cut(&ascii, &unlimited, rows[i].raw, rows[i].columns);
                text_add_cut(&unicode, &utf8, rows[i].raw, rows[i].columns);
                assert_string_equal(str_buf_get(&ascii), rows[i].ascii);
                assert_string_equal(str_buf_get(&unicode), rows[i].unicode);
        }
}

static void colour_is_for_those_who_want_it(void **state)
{
        static const TextFormat colored = { .color = true };
        _cleanup_str_buf_ StrBuf out = {};

        text_add_styled(&out, &unlimited, STYLE_BAD, "x");
        text_add_styled(&out, &colored, STYLE_PLAIN, "y");
        text_add_styled(&out, &colored, STYLE_BAD, "z");
        assert_string_equal(str_buf_get(&out), "xy\033[1;31mz\033[0m");
}

static void paragraphs_are_wrapped_beside_their_label(void **state)
{
        static const TextFormat narrow = { .width = 32 };
        _cleanup_str_buf_ StrBuf out = {};

        text_paragraph(&out, &narrow, 2, "fix: ", "move the card to another slot of this board");
        assert_string_equal(str_buf_get(&out), "  fix: move the card to another\n"
                                               "       slot of this board\n");
}

static void words_that_fill_the_line_exactly_stay_on_it(void **state)
{
        static const TextFormat narrow = { .width = 20 };
        _cleanup_str_buf_ StrBuf out = {};

        text_paragraph(&out, &narrow, 0, "", "aaaaaaaaa bbbbbbbbbb c");
        assert_string_equal(str_buf_get(&out), "aaaaaaaaa bbbbbbbbbb\nc\n");
}

static void a_word_that_fits_no_line_is_not_broken(void **state)
{
        static const TextFormat narrow = { .width = 20 };
        _cleanup_str_buf_ StrBuf out = {};

        text_paragraph(&out, &narrow, 0, "", "a 0123456789012345678901234567890 b");
        assert_string_equal(str_buf_get(&out), "a\n0123456789012345678901234567890\nb\n");
}

static void nothing_is_wrapped_where_nobody_looks(void **state)
{
        _cleanup_str_buf_ StrBuf out = {};
        char words[401];

        memset(words, ' ', sizeof(words));
        for (size_t i = 0; i < sizeof(words); i += 2)
                words[i] = 'x';
        words[400] = '\0';
        words[399] = 'x';
        text_paragraph(&out, &unlimited, 0, "", words);
        assert_int_equal(out.len, 401);
}

static void lines_are_indented_and_ended(void **state)
{
        _cleanup_str_buf_ StrBuf out = {};

        text_add_lines(&out, 2, "a\n\nb\033");
        assert_string_equal(str_buf_get(&out), "  a\n\n  b\\x1b\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_steers_a_terminal),
                cmocka_unit_test(width_is_in_columns),
                cmocka_unit_test(what_is_cut_ends_in_an_ellipsis),
                cmocka_unit_test(colour_is_for_those_who_want_it),
                cmocka_unit_test(paragraphs_are_wrapped_beside_their_label),
                cmocka_unit_test(words_that_fill_the_line_exactly_stay_on_it),
                cmocka_unit_test(a_word_that_fits_no_line_is_not_broken),
                cmocka_unit_test(nothing_is_wrapped_where_nobody_looks),
                cmocka_unit_test(lines_are_indented_and_ended),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
