// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/prepared.h"

#include "host.h"

static void what_was_prepared(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f run/gpuhost/state.json 0644 \"{\\\"roles\\\":[\\n"
                "{\\\"role\\\":\\\"hugepages\\\",\\\"address\\\":null,\\\"name\\\":null,"
                "\\\"result\\\":\\\"ready\\\",\\\"message\\\":null},\\n"
                "{\\\"role\\\":\\\"vgpu\\\",\\\"address\\\":\\\"0000:01:00.0\\\","
                "\\\"name\\\":\\\"big\\\",\\\"result\\\":\\\"failed\\\","
                "\\\"message\\\":\\\"a \\\\\\\"b\\\\\\\" \\\\u0041\\\\u00e9\\\"}\\n]}\\n\"\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_PREPARED, NULL, &m), 0);
        assert_int_equal(m.prepared.n, 2);
        assert_string_equal(m.prepared.items[0].role, "hugepages");
        assert_false(m.prepared.items[0].has_address);
        assert_int_equal(m.prepared.items[0].result, PREPARED_READY);
        assert_int_equal(m.prepared.items[1].address.bus, 1);
        assert_string_equal(m.prepared.items[1].name, "big");
        assert_int_equal(m.prepared.items[1].result, PREPARED_FAILED);
        assert_string_equal(m.prepared.items[1].message, "a \"b\" A?");
}

static void lines_of_others_say_nothing(void **state)
{
        static const char *const lines[] = {
                "{\\\"role\\\":\\\"vgpu\\\"}",
                "{\\\"role\\\":\\\"vgpu\\\",\\\"result\\\":\\\"odd\\\"}",
                "{\\\"role\\\":\\\"vgpu\\\",\\\"result\\\":\\\"failed\\\",\\\"address\\\":\\\"x\\\"}",
                "{\\\"role\\\":\\\"vgpu\\\\u00\\\",\\\"result\\\":\\\"failed\\\"}",
                "{\\\"role\\\":\\\"vgpu\\\\",
        };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                _cleanup_free_ char *text =
                        format_string("f run/gpuhost/state.json 0644 \"%s\\n\"\n", lines[i]);
                _cleanup_test_root_ TestRoot t = test_root_text(text);
                _cleanup_machine_ Machine m = {};

                print_message("# %s\n", lines[i]);
                assert_int_equal(machine_read(t.root, MACHINE_PREPARED, NULL, &m), 0);
                assert_int_equal(m.prepared.n, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_was_prepared),
                cmocka_unit_test(lines_of_others_say_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
