// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/cpu-list.h"

#include "util/str.h"

enum { MAX_CPUS = 8192 };

static int take_cpu(const char **s, unsigned *ret)
{
        unsigned v = 0;

        if (!ascii_isdigit(**s))
                return -EINVAL;
        for (; ascii_isdigit(**s); (*s)++) {
                v = v * 10 + (unsigned)(**s - '0');
                if (v >= MAX_CPUS)
                        return -EINVAL;
        }
        *ret = v;
        return 0;
}

int cpu_list_count(const char *s, unsigned *ret)
{
        uint64_t seen[MAX_CPUS / 64] = {};
        unsigned n = 0;

        for (;; s++) {
                unsigned first = 0, last;
                int r = take_cpu(&s, &first);

                last = first;
                if (r >= 0 && *s == '-') {
                        s++;
                        r = take_cpu(&s, &last);
                }
                if (r < 0 || last < first)
                        return -EINVAL;
                for (unsigned i = first; i <= last; i++, n++) {
                        if (seen[i / 64] >> i % 64 & 1)
                                return -ENOTUNIQ;
                        seen[i / 64] |= UINT64_C(1) << i % 64;
                }
                if (*s == '\0')
                        break;
                if (*s != ',')
                        return -EINVAL;
        }
        *ret = n;
        return 0;
}
