// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/network.h"

#include "host.h"

#define ZERO "00000000000000000000000000000000"

static void routes(void **state)
{
        static const struct {
                const char *line, *name;
        } rows[] = {
                { "eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0",   "eth0" },
                { "eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0",   NULL   },
                { "eth0\t00000000\t00000000\t0001\t0\t0\t100\t00000080\t0\t0\t0",   NULL   }, /* 0/1 */
                { "*\t00000000\t00000000\t0200\t0\t0\t100\t00000000\t0\t0\t0",      NULL   }, /* reject */
                { "eth0\t00000000\t0102A8C0\t0002\t0\t0\t100\t00000000\t0\t0\t0",   NULL   }, /* down */
                { "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask", NULL   },
                { "eth0\t00000000",                                                 NULL   },
                { "",                                                               NULL   },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *line = strdup(rows[i].line);

                print_message("# row %zu\n", i);
                assert_true(streq_ptr(route_interface(line), rows[i].name));
        }
}

static void routes6(void **state)
{
        static const struct {
                const char *line, *name;
        } rows[] = {
                { ZERO " 00 " ZERO
                       " 00 fe800000000000000000000000000001 00000400 00000001 00000000 "
                       "00000003     eth0",                                       "eth0" },
                { ZERO " 00 " ZERO " 00 " ZERO " ffffffff 00000001 00000000 00200200       lo",
                 NULL                                                                                     },
                { ZERO " 40 " ZERO " 00 " ZERO " 00000400 00000001 00000000 00000001 eth0",        NULL   },
                { "fe80" ZERO " 00 " ZERO " 00 " ZERO " 00000400 00000001 00000000 00000001 eth0",
                 NULL                                                                                     },
                { ZERO " 00 " ZERO,                                                                NULL   },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *line = strdup(rows[i].line);

                print_message("# row %zu\n", i);
                assert_true(streq_ptr(route6_interface(line), rows[i].name));
        }
}

static const char *why(const Machine *m, const char *address)
{
        const Protection *p;
        PciAddress a;

        assert_int_equal(pci_address_parse(address, &a), 0);
        p = machine_find_protection(m, a);
        return p ? p->why : NULL;
}

static void through_bridge_vlan_and_bond(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_machine("storage-stack");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_PROTECTIONS, NULL, &m), 0);
        assert_string_equal(why(&m, "0000:64:00.0"), "carries the default route (br0)");
        assert_string_equal(why(&m, "0000:4e:00.0"), "carries the default route (br0)");
        assert_null(why(&m, "0000:7f:00.1")); /* a card that is in use, but not by that route */
}

static void on_usb(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_machine("usb-route");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_PROTECTIONS, NULL, &m), 0);
        assert_string_equal(why(&m, "0000:01:00.2"), "carries the default route (enx…)");
        assert_null(why(&m, "0000:01:00.0"));
}

static void by_ipv6_alone(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f proc/net/ipv6_route 0444 \"" ZERO " 00 " ZERO " 00 " ZERO
                " 00000400 00000001 00000000 00000003 a/b\\n" ZERO " 00 " ZERO " 00 " ZERO
                " 00000400 00000001 00000000 00000003 ens1\\n\"\n"
                "l sys/class/net/ens1 -> ../../devices/pci0001:00/0001:01:00.0/net/ens1\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_PROTECTIONS, NULL, &m), 0);
        assert_string_equal(why(&m, "0001:01:00.0"), "carries the default route (ens1)");
        assert_int_equal(m.n_protections, 1);
}

static void bridges_that_hold_each_other(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f proc/net/route 0444 "
                "\"br0\\t00000000\\t0\\t0003\\t0\\t0\\t0\\t00000000\\t0\\t0\\t0\\n\"\n"
                "l sys/class/net/br0 -> ../../devices/virtual/net/br0\n"
                "l sys/class/net/br1 -> ../../devices/virtual/net/br1\n"
                "l sys/devices/virtual/net/br0/lower_br1 -> ../br1\n"
                "l sys/devices/virtual/net/br1/lower_br0 -> ../br0\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_PROTECTIONS, NULL, &m), 0);
        assert_int_equal(m.n_protections, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(routes),
                cmocka_unit_test(routes6),
                cmocka_unit_test(through_bridge_vlan_and_bond),
                cmocka_unit_test(on_usb),
                cmocka_unit_test(by_ipv6_alone),
                cmocka_unit_test(bridges_that_hold_each_other),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
