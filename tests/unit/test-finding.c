// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/finding.h"

#include <string.h>

#include "unit.h"

static void every_code_is_described_once(void **state)
{
        for (size_t i = 0; i < _FINDING_MAX; i++) {
                const FindingSpec *spec = finding_specs + i;

                assert_non_null(spec->code);
                print_message("# %s\n", spec->code);
                assert_ptr_equal(finding_spec_find(spec->code), spec);
                assert_int_equal(strspn(spec->code, "abcdefghijklmnopqrstuvwxyz-"),
                                 strlen(spec->code));
                assert_true(strlen(spec->summary) > 10);
                assert_true(strlen(spec->fix) > 5);
        }
        assert_null(finding_spec_find("no-such-code"));
}

static void the_worst_comes_first(void **state)
{
        _cleanup_finding_list_ FindingList list = {};

        assert_non_null(finding_add(&list, FINDING_UNSEEN, NULL, "c"));
        assert_non_null(finding_add(&list, FINDING_CONSOLE, "0000:02:00.0", "b"));
        assert_non_null(finding_add(&list, FINDING_CONSOLE, "0000:01:00.0", "a"));
        assert_true(finding_list_has(&list, SEVERITY_ERROR));
        finding_list_sort(&list);
        assert_string_equal(list.items[0].message, "a");
        assert_string_equal(list.items[1].message, "b");
        assert_string_equal(list.items[2].message, "c");
}

static void severity_is_asked_for_from_below(void **state)
{
        _cleanup_finding_list_ FindingList list = {};
        Finding *f = finding_add(&list, FINDING_CORDONED, NULL, "x");

        assert_non_null(f);
        assert_false(finding_list_has(&list, SEVERITY_ERROR));
        assert_true(finding_list_has(&list, SEVERITY_WARNING));
        assert_true(finding_list_has(&list, SEVERITY_INFO));
}

static void remarks_on_files_become_findings(void **state)
{
        _cleanup_finding_list_ FindingList list = {};
        _cleanup_diag_ Diag diag = {};

        diag_hint(diag_add(&diag, SEVERITY_ERROR, "config-syntax", (Origin){ "/f", 4, 2 }, "bad"),
                  "do this");
        assert_int_equal(finding_list_add_diag(&list, &diag), 0);
        assert_int_equal(list.items[0].code, FINDING_CONFIG_SYNTAX);
        assert_string_equal(list.items[0].file, "/f");
        assert_int_equal(list.items[0].line, 4);
        assert_string_equal(list.items[0].fix, "do this");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_code_is_described_once),
                cmocka_unit_test(the_worst_comes_first),
                cmocka_unit_test(severity_is_asked_for_from_below),
                cmocka_unit_test(remarks_on_files_become_findings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
