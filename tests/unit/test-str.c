// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/str.h"

#include "unit.h"

static void prefixes_and_suffixes(void **state)
{
        const char *s = "trainer.yaml";

        assert_string_equal(startswith(s, "train"), "er.yaml");
        assert_null(startswith(s, "rain"));
        assert_string_equal(endswith(s, ".yaml"), ".yaml");
        assert_null(endswith(s, ".json"));
        assert_null(endswith("aml", ".yaml"));
        assert_true(streq_ptr(NULL, NULL));
        assert_false(streq_ptr(NULL, ""));
}

static void strip_keeps_what_is_inside(void **state)
{
        char a[] = " \t one two \r\n", b[] = " \n", c[] = "";

        assert_string_equal(strstrip(a), "one two");
        assert_string_equal(strstrip(b), "");
        assert_string_equal(strstrip(c), "");
}

static void replace_keeps_the_old_until_the_new_is_there(void **state)
{
        _cleanup_free_ char *s = NULL;

        assert_int_equal(free_and_strdup(&s, "one"), 0);
        assert_string_equal(s, "one");
        assert_int_equal(free_and_strdup(&s, s), 0);
        assert_string_equal(s, "one");
        assert_int_equal(free_and_strdup(&s, NULL), 0);
        assert_null(s);
}

static void lists_grow_and_sort(void **state)
{
        _cleanup_str_list_ StrList a = {}, b = {};

        for (int i = 99; i >= 0; i--)
                assert_int_equal(str_list_take(&a, format_string("%02d", i)), 0);
        assert_int_equal(str_list_take(&a, NULL), -ENOMEM);
        assert_int_equal(a.n, 100);
        str_list_sort(&a);
        assert_string_equal(a.items[0], "00");
        assert_string_equal(a.items[99], "99");
        assert_int_equal(str_list_add(&b, "x"), 0);
        assert_int_equal(str_list_append(&b, &a), 0);
        assert_int_equal(b.n, 101);
        assert_true(str_list_contains(&b, "42"));
        assert_false(str_list_contains(&b, "4"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(prefixes_and_suffixes),
                cmocka_unit_test(strip_keeps_what_is_inside),
                cmocka_unit_test(replace_keeps_the_old_until_the_new_is_there),
                cmocka_unit_test(lists_grow_and_sort),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
