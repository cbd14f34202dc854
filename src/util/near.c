// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/near.h"

#include <ctype.h>
#include <string.h>

enum { MAX_WORD = 48 };

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
        unsigned m = a < b ? a : b;

        return m < c ? m : c;
}

/* '-' and '_' are the same slip of memory, and so is case. */
static int fold(char c)
{
        return c == '_' ? '-' : tolower((unsigned char)c);
}

/* Edit distance in which swapping two neighbours counts once (optimal string alignment). */
static unsigned edit_distance(const char *a, size_t n, const char *b, size_t m)
{
        unsigned rows[3][MAX_WORD + 1];
        unsigned *before = rows[0], *last = rows[1], *now = rows[2];

        for (size_t j = 0; j <= m; j++)
                last[j] = (unsigned)j;
        for (size_t i = 1; i <= n; i++) {
                unsigned *spare = before;

                now[0] = (unsigned)i;
                for (size_t j = 1; j <= m; j++) {
                        bool same = fold(a[i - 1]) == fold(b[j - 1]);

                        now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + !same);
                        if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                            fold(a[i - 2]) == fold(b[j - 1]) && before[j - 2] + 1 < now[j])
                                now[j] = before[j - 2] + 1;
                }
                before = last;
                last = now;
                now = spare;
        }
        return last[m];
}

/* A word that was cut or ended otherwise: "passthru", "sharing" for "shared". */
static bool begins_alike(const char *a, size_t n, const char *b, size_t m)
{
        size_t same = 0;

        while (same < n && same < m && fold(a[same]) == fold(b[same]))
                same++;
        return same >= 4 && 2 * same >= (n > m ? n : m);
}

void near_offer(Near *near, const char *candidate)
{
        size_t n = strlen(near->word), m = strlen(candidate);
        unsigned d, limit = n <= 4 ? 1 : n <= 8 ? 2 : 3;

        if (n == 0 || n > MAX_WORD || m > MAX_WORD)
                return;
        d = edit_distance(near->word, n, candidate, m);
        if ((d > limit && !begins_alike(near->word, n, candidate, m)) || d >= n ||
            (near->best && d >= near->distance))
                return;
        near->best = candidate;
        near->distance = d;
}
