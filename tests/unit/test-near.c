// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/near.h"

#include "unit.h"

static const char *nearest(const char *word)
{
        static const char *const known[] = { "gpus",      "gpu_policy", "allowlist",
                                             "hugepages", "on-demand",  "passthrough",
                                             "list",      "plan",       "kernel_arguments" };
        Near near = { .word = word };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                near_offer(&near, known[i]);
        return near.best;
}

static void slips_are_understood(void **state)
{
        assert_string_equal(nearest("gpu"), "gpus");
        assert_string_equal(nearest("gpu-policy"), "gpu_policy");
        assert_string_equal(nearest("alowlist"), "allowlist");
        assert_string_equal(nearest("lsit"), "list");
        assert_string_equal(nearest("On_Demand"), "on-demand");
        assert_string_equal(nearest("passtrough"), "passthrough");
        assert_string_equal(nearest("kernel_arguement"), "kernel_arguments");
        assert_string_equal(nearest("passthru"), "passthrough");
        assert_string_equal(nearest("allowed"), "allowlist");
        assert_string_equal(nearest("kernel_args"), "kernel_arguments");
}

static void no_guess_is_better_than_a_wild_one(void **state)
{
        assert_null(nearest(""));
        assert_null(nearest("x"));
        assert_null(nearest("frobnicate"));
        assert_null(nearest("kernel"));
        assert_null(nearest("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(slips_are_understood),
                cmocka_unit_test(no_guess_is_better_than_a_wild_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
