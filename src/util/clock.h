// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdint.h>
#include <time.h>

/* Monotonic: for deadlines. */
static inline uint64_t clock_now_usec(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}
