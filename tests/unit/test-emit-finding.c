// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/finding.h"

#include <string.h>

#include "unit.h"

static const Origin place = { "/etc/gpuhost/host.d/50-site.yaml", 3, 5 };

static void fill(FindingList *list, Diag *diag)
{
        DiagItem *item =
                diag_add(diag, SEVERITY_ERROR, "config-schema", place, "unknown key 'rol'");

        assert_non_null(item);
        item->source = strdup("    rol: host");
        diag_hint(item, "did you mean 'role'?");
        finding_at(finding_add(list, FINDING_CONSOLE, "0000:01:00.0", "it drives the console"),
                   place);
        finding_add(list, FINDING_UNSEEN, NULL, "DMAR could not be read");
        assert_int_equal(finding_list_add_diag(list, diag), 0);
        finding_list_sort(list);
}

static void findings_are_grouped_and_carry_their_fix(void **state)
{
        static const TextFormat format = {};
        _cleanup_finding_list_ FindingList list = {};
        _cleanup_diag_ Diag diag = {};
        _cleanup_str_buf_ StrBuf out = {};

        fill(&list, &diag);
        findings_text(&list, &diag, SEVERITY_INFO, &format, &out);
        assert_string_equal(
                str_buf_get(&out),
                "Errors\n"
                "  /etc/gpuhost/host.d/50-site.yaml:3:5  [config-schema]\n"
                "    unknown key 'rol'\n"
                "            rol: host\n"
                "            ^ did you mean 'role'?\n"
                "  0000:01:00.0  /etc/gpuhost/host.d/50-site.yaml:3  [console]\n"
                "    it drives the console\n"
                "    fix: set allow_console: true in its gpus: entry to give it away all the same\n"
                "\n"
                "Remarks\n"
                "  [unseen]\n"
                "    DMAR could not be read\n"
                "    fix: run as root\n");
}

static void less_severe_ones_can_be_left_out(void **state)
{
        static const TextFormat format = {};
        _cleanup_finding_list_ FindingList list = {};
        _cleanup_str_buf_ StrBuf out = {};

        finding_add(&list, FINDING_UNSEEN, NULL, "x");
        finding_add(&list, FINDING_NO_RESET, "0000:01:00.0", "y");
        findings_text(&list, NULL, SEVERITY_ERROR, &format, &out);
        assert_int_equal(out.len, 0);
}

static void counts_are_told_in_words(void **state)
{
        _cleanup_finding_list_ FindingList list = {};
        _cleanup_str_buf_ StrBuf none = {}, some = {};

        findings_counts(&list, &none);
        assert_string_equal(str_buf_get(&none), "nothing wrong");
        finding_add(&list, FINDING_CONSOLE, NULL, "x");
        finding_add(&list, FINDING_CONSOLE, NULL, "x");
        finding_add(&list, FINDING_NO_RESET, NULL, "x");
        findings_counts(&list, &some);
        assert_string_equal(str_buf_get(&some), "2 errors, 1 warning");
}

static void json_has_the_keys_of_the_contract(void **state)
{
        _cleanup_finding_list_ FindingList list = {};
        _cleanup_diag_ Diag diag = {};
        _cleanup_str_buf_ StrBuf out = {};

        fill(&list, &diag);
        json_print(findings_json(&list, SEVERITY_ERROR), JSON_SHORT, &out);
        assert_string_equal(
                str_buf_get(&out),
                "[{\"code\":\"config-schema\",\"severity\":\"error\","
                "\"subject\":\"/etc/gpuhost/host.d/50-site.yaml\","
                "\"message\":\"unknown key 'rol'\",\"fix\":\"did you mean 'role'?\","
                "\"file\":\"/etc/gpuhost/host.d/50-site.yaml\",\"line\":3},"
                "{\"code\":\"console\",\"severity\":\"error\",\"subject\":\"0000:01:00.0\","
                "\"message\":\"it drives the console\","
                "\"fix\":\"set allow_console: true in its gpus: entry to give it away all the "
                "same\",\"file\":\"/etc/gpuhost/host.d/50-site.yaml\",\"line\":3}]\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(findings_are_grouped_and_carry_their_fix),
                cmocka_unit_test(less_severe_ones_can_be_left_out),
                cmocka_unit_test(counts_are_told_in_words),
                cmocka_unit_test(json_has_the_keys_of_the_contract),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
