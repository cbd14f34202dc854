// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/guest.h"

/*
 * BARs are powers of two that stand at multiples of their size, and so do, with their largest, the windows
 * of the bridges that they are behind. A slot thus fits into the next power of two over its sum, and
 * blocks of that kind fit side by side without a gap.
 */

/* Every OVMF since 2016 opens as much unasked, and later ones an eighth of what the CPU can address. */
#define UNASKED (UINT64_C(32) << 30)

static uint64_t next_power(uint64_t n)
{
        uint64_t power = 1;

        while (power < n && power <= UINT64_MAX / 2)
                power *= 2;
        return power;
}

/* Of the slot of bars[i]; 0 if an earlier one has told it. */
static uint64_t slot_window(const GuestBar *bars, size_t n, size_t i)
{
        uint64_t sum = 0;

        for (size_t k = 0; k < n; k++) {
                if (bars[k].slot != bars[i].slot)
                        continue;
                if (k < i)
                        return 0;
                if (__builtin_add_overflow(sum, bars[k].size, &sum))
                        return UINT64_MAX;
        }
        return sum ? next_power(sum) : 0;
}

uint64_t guest_mmio64_mb(const GuestBar *bars, size_t n)
{
        uint64_t window = 0;

        for (size_t i = 0; i < n; i++)
                if (__builtin_add_overflow(window, slot_window(bars, n, i), &window))
                        return UINT64_MAX >> 20;
        return window <= UNASKED ? 0 : next_power(window) >> 20;
}
