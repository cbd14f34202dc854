// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/diag.h"

#include <string.h>

#include "unit.h"

static void assert_shown(const char *source, unsigned column, unsigned caret, const char *expected)
{
        static const TextFormat format = {};
        _cleanup_diag_ Diag diag = {};
        _cleanup_str_buf_ StrBuf out = {};
        DiagItem *item = diag_add(&diag, SEVERITY_ERROR, "config-syntax",
                                  (Origin){ "/f", 1, column }, "wrong");

        assert_non_null(item);
        item->source = strdup(source);
        item->caret = caret;
        diag_hint(item, "right");
        diag_text(&diag, SEVERITY_INFO, &format, &out);
        assert_string_equal(str_buf_get(&out), expected);
}

static void the_caret_stands_below_the_place(void **state)
{
        assert_shown("a: b", 4, 0, "/f:1:4: error: wrong\n    a: b\n       ^ right\n");
        /* tabs are one column, other letters than ASCII too */
        assert_shown("\ta: b", 5, 0, "/f:1:5: error: wrong\n     a: b\n        ^ right\n");
        assert_shown("\xc3\xa9: b", 4, 0,
                     "/f:1:4: error: wrong\n    \xc3\xa9: b\n       ^ right\n");
        /* what is escaped moves it */
        assert_shown("\033: b", 4, 0, "/f:1:4: error: wrong\n    \\x1b: b\n          ^ right\n");
        /* part of a long line; a place behind its end */
        assert_shown("...b", 4000, 4, "/f:1:4000: error: wrong\n    ...b\n       ^ right\n");
        assert_shown("ab", 9, 0, "/f:1:9: error: wrong\n    ab\n      ^ right\n");
        /* the line as a whole */
        assert_shown("ab", 0, 0, "/f:1: error: wrong\n    ab\n    right\n");
}

static void remarks_below_a_severity_are_left_out(void **state)
{
        static const TextFormat format = {};
        _cleanup_diag_ Diag diag = {};
        _cleanup_str_buf_ StrBuf out = {};

        assert_non_null(diag_add(&diag, SEVERITY_INFO, "x", (Origin){}, "idle"));
        assert_non_null(diag_add(&diag, SEVERITY_WARNING, "x", (Origin){}, "odd\033"));
        diag_text(&diag, SEVERITY_WARNING, &format, &out);
        assert_string_equal(str_buf_get(&out), "warning: odd\\x1b\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_caret_stands_below_the_place),
                cmocka_unit_test(remarks_below_a_severity_are_left_out),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
