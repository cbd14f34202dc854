// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/guest.h"

#include "unit.h"

/* The vectors of RFC 4648, and bytes that no text holds. */
static void values_are_base64(void **state)
{
        static const struct {
                const char *value;
                size_t n;
                const char *text;
        } rows[] = {
                { "",             0, ""         },
                { "f",            1, "Zg=="     },
                { "fo",           2, "Zm8="     },
                { "foo",          3, "Zm9v"     },
                { "foob",         4, "Zm9vYg==" },
                { "foobar",       6, "Zm9vYmFy" },
                { "\0\n\xff\xfe", 4, "AAr//g==" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *got = NULL,
                                    *wanted = format_string("io.systemd.credential.binary:a.b=%s",
                                                            rows[i].text);

                assert_int_equal(guest_credential("a.b", rows[i].value, rows[i].n, &got), 0);
                assert_string_equal(got, wanted);
        }
}

static void names_are_those_of_files(void **state)
{
        static const char *const wrong[] = { "",    ".",   "..",  "a/b", "a:b",
                                             "a=b", "a b", "a\n", "\xc3" };
        char *got = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                assert_int_equal(guest_credential(wrong[i], "x", 1, &got), -EINVAL);
        assert_null(got);
}

static void there_is_a_limit(void **state)
{
        static const char zeros[32 * 1024 + 1];
        char *got = NULL;

        assert_int_equal(guest_credential("a", zeros, sizeof(zeros), &got), -E2BIG);
        assert_null(got);
        assert_int_equal(guest_credential("a", zeros, sizeof(zeros) - 1, &got), 0);
        free(got);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_are_base64),
                cmocka_unit_test(names_are_those_of_files),
                cmocka_unit_test(there_is_a_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
