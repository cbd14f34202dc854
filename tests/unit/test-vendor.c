// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vendor/vendor.h"

#include "unit.h"

static void finds_by_id(void **state)
{
        assert_ptr_equal(vendor_find(0x10de), &vendor_nvidia);
        assert_ptr_equal(vendor_find(0x1002), &vendor_amd);
        assert_ptr_equal(vendor_find(0x8086), &vendor_intel);
        assert_ptr_equal(vendor_find(0x1a03), &vendor_other);
        assert_ptr_equal(vendor_find(0), &vendor_other);
}

static void knows_drivers_in_both_spellings(void **state)
{
        const NativeDriver *d = vendor_find_driver(&vendor_nvidia, "nvidia_current");

        assert_non_null(d);
        assert_ptr_equal(d, vendor_find_driver(&vendor_nvidia, "nvidia-current"));
        assert_int_equal(d->id, MOD_NVIDIA);
        assert_int_equal(vendor_find_driver(&vendor_intel, "xe")->id, MOD_XE);
        assert_null(vendor_find_driver(&vendor_amd, "nouveau"));
        assert_null(vendor_find_driver(&vendor_other, "ast"));
}

static void tells_integrated_from_cards(void **state)
{
        PciDevice devices[] = {
                { .address = { .slot = 2 },               .id = { 0x8086, 0x4680 }, .class = 0x0300 },
                { .address = { .bus = 3 },                .id = { 0x8086, 0x56a5 }, .class = 0x0300 },
                { .address = { .bus = 4 },                .id = { 0x1002, 0x73bf }, .class = 0x0300 },
                { .address = { .bus = 4, .function = 1 },
                 .id = { 0x1002, 0xab28 },
                 .class = 0x0403                                                                    },
                { .address = { .bus = 5 },                .id = { 0x1002, 0x164e }, .class = 0x0300 },
                { .address = { .bus = 5, .function = 2 },
                 .id = { 0x1022, 0x1649 },
                 .class = 0x1080                                                                    },
        };
        Machine machine = { .devices = devices, .n_devices = ARRAY_SIZE(devices) };

        assert_true(vendor_integrated(&machine, devices));
        assert_false(vendor_integrated(&machine, devices + 1));
        assert_false(vendor_integrated(&machine, devices + 2));
        assert_true(vendor_integrated(&machine, devices + 4));
}

static void matches_vgpu_names(void **state)
{
        static const struct {
                const char *id, *name, *wanted;
                bool matches;
        } rows[] = {
                { "1145",           "NVIDIA L40S-1Q", "L40S-1Q",        true  },
                { "1145",           "NVIDIA L40S-1Q", "NVIDIA L40S-1Q", true  },
                { "1145",           "NVIDIA L40S-1Q", "1145",           true  },
                { "nvidia-233",     "GRID T4-8Q",     "T4-8Q",          true  },
                { "nvidia-233",     "GRID T4-8Q",     "T4-8",           false },
                { "nvidia-233",     "GRID T4-8Q",     "",               false },
                { "i915-GVTg_V5_8", NULL,             "i915-GVTg_V5_8", true  },
                { "i915-GVTg_V5_8", NULL,             "GVTg_V5_8",      false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                assert_int_equal(vendor_vgpu_matches(&vendor_nvidia, rows[i].id, rows[i].name,
                                                     rows[i].wanted),
                                 rows[i].matches);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_by_id),
                cmocka_unit_test(knows_drivers_in_both_spellings),
                cmocka_unit_test(tells_integrated_from_cards),
                cmocka_unit_test(matches_vgpu_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
