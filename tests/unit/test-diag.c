// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/diag.h"

#include <string.h>

#include "unit.h"

static void a_caret_points_at_the_column(void **state)
{
        _cleanup_diag_ Diag diag = {};
        _cleanup_str_buf_ StrBuf out = {};
        DiagItem *item =
                diag_add(&diag, SEVERITY_ERROR, "config-schema",
                         (Origin){ "/etc/gpuhost/vm.d/a.yaml", 3, 5 }, "unknown key '%s'", "gpuss");

        assert_non_null(item);
        item->source = strdup("    gpuss: true");
        diag_hint(item, "did you mean '%s'?", "gpu");
        diag_item_format(item, &out);
        assert_string_equal(str_buf_get(&out),
                            "/etc/gpuhost/vm.d/a.yaml:3:5: error: unknown key 'gpuss'\n"
                            "        gpuss: true\n"
                            "        ^ did you mean 'gpu'?\n");
        assert_int_equal(diag.n_errors, 1);
}

static void a_remark_may_be_about_a_whole_file(void **state)
{
        _cleanup_diag_ Diag diag = {};
        _cleanup_str_buf_ StrBuf out = {};

        diag_hint(diag_add(&diag, SEVERITY_WARNING, "config-schema", (Origin){ "/f", 0, 0 }, "odd"),
                  "better so");
        diag_item_format(diag.items, &out);
        assert_string_equal(str_buf_get(&out), "/f: warning: odd\n    better so\n");
        assert_int_equal(diag.n_errors, 0);
}

static void sorting_is_by_place_and_stable(void **state)
{
        static const Origin places[] = {
                { "b",  1, 1 },
                { "a",  9, 1 },
                { "a",  2, 7 },
                { "a",  2, 3 },
                { "b",  1, 1 },
                { NULL, 0, 0 }
        };
        static const char *const sorted[] = { "5", "3", "2", "1", "0", "4" };
        _cleanup_diag_ Diag diag = {};

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                assert_non_null(diag_add(&diag, SEVERITY_INFO, "x", places[i], "%zu", i));
        diag_sort(&diag);
        for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
                assert_string_equal(diag.items[i].message, sorted[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_caret_points_at_the_column),
                cmocka_unit_test(a_remark_may_be_about_a_whole_file),
                cmocka_unit_test(sorting_is_by_place_and_stable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
