// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/guest.h"

#include "unit.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

static void small_cards_need_nothing(void **state)
{
        static const GuestBar bars[] = {
                { 0, 16 * MIB  },
                { 0, 256 * MIB },
                { 0, 32 * MIB  },
                { 0, 128       },
                { 0, 0         },
                { 0, 16 * 1024 },
        };

        assert_int_equal(guest_mmio64_mb(NULL, 0), 0);
        assert_int_equal(guest_mmio64_mb(bars, ARRAY_SIZE(bars)), 0);
}

/* 16 GiB and a little behind one port take 32, which the firmware opens unasked; 32 and a little do not. */
static void the_edge_is_what_a_slot_takes(void **state)
{
        static const GuestBar fits[] = {
                { 0, 16 * GIB },
                { 0, 32 * MIB }
        };
        static const GuestBar does_not[] = {
                { 0, 32 * GIB },
                { 0, 32 * MIB }
        };

        assert_int_equal(guest_mmio64_mb(fits, ARRAY_SIZE(fits)), 0);
        assert_int_equal(guest_mmio64_mb(does_not, ARRAY_SIZE(does_not)), 64 * 1024);
}

/* Each behind a port of its own, whose window stands at a multiple of its largest BAR. */
static void slots_add_up(void **state)
{
        GuestBar bars[24];

        for (unsigned i = 0; i < 8; i++) {
                bars[3 * i] = (GuestBar){ i, 16 * MIB };
                bars[3 * i + 1] = (GuestBar){ i, 128 * GIB };
                bars[3 * i + 2] = (GuestBar){ i, 32 * MIB };
        }
        assert_int_equal(guest_mmio64_mb(bars, 3), 256 * 1024);
        assert_int_equal(guest_mmio64_mb(bars, 24), 2048 * 1024);
}

static void the_order_does_not_matter(void **state)
{
        static const GuestBar bars[] = {
                { 1, 64 * GIB },
                { 0, 64 * GIB },
                { 1, MIB      },
                { 0, MIB      }
        };

        assert_int_equal(guest_mmio64_mb(bars, ARRAY_SIZE(bars)), 256 * 1024);
}

static void what_no_address_reaches_does_not_wrap(void **state)
{
        static const GuestBar bars[] = {
                { 0, UINT64_MAX },
                { 0, UINT64_MAX },
                { 1, UINT64_MAX }
        };

        assert_true(guest_mmio64_mb(bars, ARRAY_SIZE(bars)) >= UINT64_MAX >> 21);
        assert_true(guest_mmio64_mb(bars, 1) >= UINT64_MAX >> 21);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(small_cards_need_nothing),
                cmocka_unit_test(the_edge_is_what_a_slot_takes),
                cmocka_unit_test(slots_add_up),
                cmocka_unit_test(the_order_does_not_matter),
                cmocka_unit_test(what_no_address_reaches_does_not_wrap),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
