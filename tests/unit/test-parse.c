// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/parse.h"

#include "unit.h"

static void sizes(void **state)
{
        static const struct {
                const char *text;
                int r;
                uint64_t value;
        } rows[] = {
                { "4096",                 0,       4096               },
                { "16GiB",                0,       UINT64_C(16) << 30 },
                { "70G",                  0,       UINT64_C(70) << 30 },
                { "2 M",                  0,       UINT64_C(2) << 20  },
                { "0",                    0,       0                  },
                { "",                     -EINVAL, 0                  },
                { "-1",                   -EINVAL, 0                  },
                { "G",                    -EINVAL, 0                  },
                { "1g",                   -EINVAL, 0                  },
                { "1.5G",                 -EINVAL, 0                  },
                { "1G ",                  -EINVAL, 0                  },
                { "16777216T",            -ERANGE, 0                  },
                { "18446744073709551616", -ERANGE, 0                  },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                uint64_t v = 0;

                print_message("# %s\n", rows[i].text);
                assert_int_equal(parse_size(rows[i].text, &v), rows[i].r);
                assert_int_equal(v, rows[i].value);
        }
}

static void durations(void **state)
{
        static const struct {
                const char *text;
                int r;
                uint64_t value;
        } rows[] = {
                { "30",              0,       30000000             },
                { "30s",             0,       30000000             },
                { "500ms",           0,       500000               },
                { "1min 30s",        0,       90000000             },
                { "1h30m",           0,       UINT64_C(5400000000) },
                { "",                -EINVAL, 0                    },
                { "s",               -EINVAL, 0                    },
                { "1y",              -EINVAL, 0                    },
                { " 1s",             -EINVAL, 0                    },
                { "99999999999999d", -ERANGE, 0                    },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                uint64_t v = 0;

                print_message("# %s\n", rows[i].text);
                assert_int_equal(parse_duration(rows[i].text, &v), rows[i].r);
                assert_int_equal(v, rows[i].value);
        }
}

static void formats_read_back(void **state)
{
        static const uint64_t values[] = {
                0, 1, 1023, 1024, 1536, UINT64_C(3) << 30, UINT64_C(5) << 40, UINT64_MAX
        };
        char buf[FORMAT_SIZE_MAX];

        static_assert(FORMAT_DURATION_MAX <= FORMAT_SIZE_MAX, "one buffer for both");
        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
                uint64_t v = ~values[i];

                assert_int_equal(parse_size(format_size(values[i], buf), &v), 0);
                assert_int_equal(v, values[i]);
                assert_int_equal(parse_duration(format_duration(values[i], buf), &v), 0);
                assert_int_equal(v, values[i]);
        }
}

static void numbers(void **state)
{
        uint64_t v = 7;
        bool b;

        assert_int_equal(parse_u64("18446744073709551615", &v), 0);
        assert_int_equal(v, UINT64_MAX);
        assert_int_equal(parse_u64("+1", &v), -EINVAL);
        assert_int_equal(parse_u64("1 ", &v), -EINVAL);
        assert_int_equal(parse_hex("fF", 4, &v), 0);
        assert_int_equal(v, 255);
        assert_int_equal(parse_hex("12345", 4, &v), -ERANGE);
        assert_int_equal(parse_hex("0x1", 4, &v), -EINVAL);
        assert_int_equal(parse_hex("", 4, &v), -EINVAL);
        assert_int_equal(parse_bool("true", &b), 0);
        assert_true(b);
        assert_int_equal(parse_bool("yes", &b), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sizes),
                cmocka_unit_test(durations),
                cmocka_unit_test(formats_read_back),
                cmocka_unit_test(numbers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
