// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/claims.h"

#include "host.h"

static void who_holds_what(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text("f run/gpuhost/claims/0000:01:00.0 0644 \"trainer-1\\n\"\n"
                               "f run/gpuhost/claims/0000:02:00.0 0644 \"\"\n"
                               "f run/gpuhost/claims/0000:03:00.0 0644 \"\\x1b[2J\"\n"
                               "f run/gpuhost/claims/0000:04:00.0 0644 \"web\\nollama\\n\"\n"
                               "f run/gpuhost/claims/10000:01:00.0 0644 \"b\"\n"
                               "f run/gpuhost/claims/lock 0644 \"x\"\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_CLAIMS, NULL, &m), 0);
        assert_int_equal(m.n_claims, 4);
        assert_string_equal(m.claims[0].instance, "trainer-1");
        assert_int_equal(m.claims[0].address.bus, 1);
        assert_string_equal(m.claims[1].instance, "ollama");
        assert_string_equal(m.claims[2].instance, "web");
        assert_int_equal(m.claims[2].address.bus, 4);
        assert_string_equal(m.claims[3].instance, "b");
        assert_int_equal(m.claims[3].address.domain, 0x10000);
        assert_int_equal(m.unseen.n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_holds_what),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
