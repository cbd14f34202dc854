// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/buf.h"

#include "unit.h"

static void pieces_add_up(void **state)
{
        _cleanup_str_buf_ StrBuf b = {};

        assert_string_equal(str_buf_get(&b), "");
        str_buf_add(&b, "a");
        str_buf_add_char(&b, 'b');
        str_buf_fill(&b, '-', 200);
        str_buf_printf(&b, "%d%s", 7, "end");
        assert_int_equal(b.len, 206);
        assert_string_equal(str_buf_get(&b) + 202, "7end");
}

static void taking_leaves_an_empty_one(void **state)
{
        _cleanup_str_buf_ StrBuf b = {};
        _cleanup_free_ char *empty = str_buf_take(&b), *text = NULL;

        assert_string_equal(empty, "");
        str_buf_add(&b, "x");
        text = str_buf_take(&b);
        assert_string_equal(text, "x");
        assert_int_equal(b.len, 0);
}

static void failure_sticks(void **state)
{
        _cleanup_str_buf_ StrBuf b = {};

        str_buf_add(&b, "x");
        str_buf_fill(&b, '-', SIZE_MAX / 2);
        assert_true(b.failed);
        str_buf_add(&b, "y");
        str_buf_printf(&b, "%d", 1);
        assert_null(str_buf_take(&b));
        assert_false(b.failed);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pieces_add_up),
                cmocka_unit_test(taking_leaves_an_empty_one),
                cmocka_unit_test(failure_sticks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
