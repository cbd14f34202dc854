// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/* Finds the candidate that somebody who typed `word` most likely meant. Offer candidates one by one;
 * `best` is NULL while none is near enough to be worth a suggestion. */
typedef struct Near {
        const char *word;
        const char *best;
        unsigned distance;
} Near;

void near_offer(Near *near, const char *candidate);
