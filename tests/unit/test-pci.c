// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/pci.h"

#include "unit.h"

static void addresses(void **state)
{
        static const struct {
                const char *text, *printed; /* NULL: refused */
        } rows[] = {
                { "0000:01:00.0",      "0000:01:00.0"     },
                { "0000:AF:1f.7",      "0000:af:1f.7"     },
                { "10000:01:00.0",     "10000:01:00.0"    },
                { "ffffffff:ff:1f.7",  "ffffffff:ff:1f.7" },
                { "01:00.0",           NULL               },
                { "0000:01:00",        NULL               },
                { "0000:01:20.0",      NULL               },
                { "0000:01:00.8",      NULL               },
                { "0000:1:00.0",       NULL               },
                { "000000000:01:00.0", NULL               },
                { "0000:01:00.0 ",     NULL               },
                { "0000:01:00.00",     NULL               },
                { "0000-01:00.0",      NULL               },
                { "0000:0g:00.0",      NULL               },
                { "",                  NULL               },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char buf[PCI_ADDRESS_MAX];
                PciAddress a;
                int r = pci_address_parse(rows[i].text, &a);

                print_message("# %s\n", rows[i].text);
                assert_int_equal(r < 0, !rows[i].printed);
                if (r >= 0)
                        assert_string_equal(pci_address_format(a, buf), rows[i].printed);
        }
}

static void addresses_have_an_order(void **state)
{
        static const char *const ascending[] = { "0000:00:00.0", "0000:00:00.1", "0000:00:01.0",
                                                 "0000:01:00.0", "0001:00:00.0", "10000:00:00.0" };

        for (size_t i = 1; i < ARRAY_SIZE(ascending); i++) {
                PciAddress a, b;

                assert_int_equal(pci_address_parse(ascending[i - 1], &a), 0);
                assert_int_equal(pci_address_parse(ascending[i], &b), 0);
                assert_int_equal(pci_address_compare(a, b), -1);
                assert_int_equal(pci_address_compare(b, a), 1);
                assert_true(pci_address_equal(a, a));
                assert_int_equal(pci_address_same_slot(a, b), i == 1);
        }
}

static void patterns(void **state)
{
        static const struct {
                const char *text, *printed;
                bool matches; /* 10de:2204 */
        } rows[] = {
                { "10de:2204",     "10de:2204", true  },
                { "10DE:*",        "10de:*",    true  },
                { "10de:2205",     "10de:2205", false },
                { "1002:*",        "1002:*",    false },
                { "*:*",           NULL,        false },
                { "*",             NULL,        false },
                { "10de:",         NULL,        false },
                { "10de:22*",      NULL,        false },
                { "10de:**",       NULL,        false },
                { "10de",          NULL,        false },
                { "0x10de:0x2204", NULL,        false },
                { "10de:2204:1",   NULL,        false },
                { "",              NULL,        false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char buf[PCI_ID_MAX];
                DevicePattern p;
                int r = device_pattern_parse(rows[i].text, &p);

                print_message("# %s\n", rows[i].text);
                assert_int_equal(r < 0, !rows[i].printed);
                if (r < 0)
                        continue;
                assert_string_equal(device_pattern_format(p, buf), rows[i].printed);
                assert_int_equal(device_pattern_matches(p, (PciId){ 0x10de, 0x2204 }),
                                 rows[i].matches);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(addresses),
                cmocka_unit_test(addresses_have_an_order),
                cmocka_unit_test(patterns),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
