// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/arguments.h"

#include "host.h"
#include "util/kernel-arguments.h"

static void words_that_disarm(void **state)
{
        static const struct {
                const char *line;
                bool disarmed;
        } rows[] = {
                { "ro quiet",                      false },
                { "ro quiet gpuhost=off",          true  },
                { "gpuhost=on",                    false },
                { "gpuhost=offline",               false },
                { "single",                        true  },
                { "s",                             true  },
                { "S",                             true  },
                { "1",                             true  },
                { "3",                             false },
                { "recovery",                      true  },
                { "rescue",                        true  },
                { "emergency",                     true  },
                { "systemd.unit=rescue.target",    true  },
                { "systemd.unit=emergency.target", true  },
                { "systemd.unit=graphical.target", false },
                { "root=/dev/single",              false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_str_list_ StrList words = {};

                print_message("# %s\n", rows[i].line);
                assert_int_equal(kernel_arguments_split(rows[i].line, &words), 0);
                assert_int_equal(arguments_disarm(&words), rows[i].disarmed);
        }
}

static void of_a_machine(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f proc/cmdline 0444 \"ro recovery \\\"a=b c\\\"\\n\"\n"
                "f sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages 0644 "
                "\"384\\n\"\n"
                "f sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages 0644 \"512\\n\"\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_ARGUMENTS, NULL, &m), 0);
        assert_int_equal(m.arguments.n, 3);
        assert_string_equal(m.arguments.items[2], "a=b c");
        assert_true(m.disarmed);
        assert_int_equal(m.hugepages_2m_total, 512);
        assert_int_equal(m.n_hugepages_2m, 1);
        assert_int_equal(m.hugepages_2m[0].node, 1);
        assert_int_equal(m.hugepages_2m[0].pages, 384);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(words_that_disarm),
                cmocka_unit_test(of_a_machine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
