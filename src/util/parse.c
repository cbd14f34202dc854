// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/parse.h"

#include <inttypes.h>

#include "util/str.h"

typedef struct Unit {
        const char *name;
        uint64_t factor;
} Unit;

static const Unit size_units[] = {
        { "",    1                 },
        { "B",   1                 },
        { "K",   UINT64_C(1) << 10 },
        { "KB",  UINT64_C(1) << 10 },
        { "KiB", UINT64_C(1) << 10 },
        { "M",   UINT64_C(1) << 20 },
        { "MB",  UINT64_C(1) << 20 },
        { "MiB", UINT64_C(1) << 20 },
        { "G",   UINT64_C(1) << 30 },
        { "GB",  UINT64_C(1) << 30 },
        { "GiB", UINT64_C(1) << 30 },
        { "T",   UINT64_C(1) << 40 },
        { "TB",  UINT64_C(1) << 40 },
        { "TiB", UINT64_C(1) << 40 },
};

#define USEC_PER_SEC UINT64_C(1000000)

static const Unit time_units[] = {
        { "us",  1                    },
        { "ms",  1000                 },
        { "s",   USEC_PER_SEC         },
        { "sec", USEC_PER_SEC         },
        { "m",   60 * USEC_PER_SEC    },
        { "min", 60 * USEC_PER_SEC    },
        { "h",   3600 * USEC_PER_SEC  },
        { "d",   86400 * USEC_PER_SEC },
};

/* Reads digits, at least one, and moves *s past them. */
static int take_u64(const char **s, uint64_t *ret)
{
        const char *p = *s;
        uint64_t v = 0;

        if (!ascii_isdigit(*p))
                return -EINVAL;
        for (; ascii_isdigit(*p); p++)
                if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
                    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
                        return -ERANGE;
        *s = p;
        *ret = v;
        return 0;
}

int parse_u64(const char *s, uint64_t *ret)
{
        uint64_t v;
        int r = take_u64(&s, &v);

        if (r < 0)
                return r;
        if (*s)
                return -EINVAL;
        *ret = v;
        return 0;
}

static int hex_digit(char c)
{
        if (ascii_isdigit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

int parse_hex(const char *s, size_t max_digits, uint64_t *ret)
{
        size_t n = strlen(s);
        uint64_t v = 0;

        if (n == 0)
                return -EINVAL;
        for (size_t i = 0; i < n; i++) {
                int d = hex_digit(s[i]);

                if (d < 0)
                        return -EINVAL;
                v = v << 4 | (uint64_t)d;
        }
        if (n > max_digits || n > 16)
                return -ERANGE;
        *ret = v;
        return 0;
}

int parse_bool(const char *s, bool *ret)
{
        if (streq(s, "true") || streq(s, "True") || streq(s, "TRUE"))
                *ret = true;
        else if (streq(s, "false") || streq(s, "False") || streq(s, "FALSE"))
                *ret = false;
        else
                return -EINVAL;
        return 0;
}

static const Unit *find_unit(const Unit *units, size_t n, const char *name, size_t len)
{
        for (size_t i = 0; i < n; i++)
                if (strlen(units[i].name) == len && strncmp(units[i].name, name, len) == 0)
                        return units + i;
        return NULL;
}

int parse_size(const char *s, uint64_t *ret)
{
        const Unit *unit;
        uint64_t v;
        int r = take_u64(&s, &v);

        if (r < 0)
                return r;
        s += strspn(s, " ");
        unit = find_unit(size_units, ARRAY_SIZE(size_units), s, strlen(s));
        if (!unit)
                return -EINVAL;
        if (__builtin_mul_overflow(v, unit->factor, &v))
                return -ERANGE;
        *ret = v;
        return 0;
}

/* One "NUMBER UNIT" of a duration. */
static int take_duration(const char **s, uint64_t *ret)
{
        uint64_t v, factor = USEC_PER_SEC;
        size_t len;
        int r = take_u64(s, &v);

        if (r < 0)
                return r;
        len = strspn(*s, "abcdefghijklmnopqrstuvwxyz");
        if (len > 0) {
                const Unit *unit = find_unit(time_units, ARRAY_SIZE(time_units), *s, len);

                if (!unit)
                        return -EINVAL;
                factor = unit->factor;
                *s += len;
        }
        if (__builtin_mul_overflow(v, factor, ret))
                return -ERANGE;
        *s += strspn(*s, " ");
        return 0;
}

int parse_duration(const char *s, uint64_t *ret_usec)
{
        uint64_t sum = 0;

        do {
                uint64_t v;
                int r = take_duration(&s, &v);

                if (r < 0)
                        return r;
                if (__builtin_add_overflow(sum, v, &sum))
                        return -ERANGE;
        } while (*s);
        *ret_usec = sum;
        return 0;
}

char *format_size(uint64_t bytes, char buf[static FORMAT_SIZE_MAX])
{
        static const char suffixes[] = "TGMK";

        for (int shift = 40, i = 0; shift > 0; shift -= 10, i++)
                if (bytes >> shift && !(bytes & ((UINT64_C(1) << shift) - 1))) {
                        (void)snprintf(buf, FORMAT_SIZE_MAX, "%" PRIu64 "%c", bytes >> shift,
                                       suffixes[i]);
                        return buf;
                }
        (void)snprintf(buf, FORMAT_SIZE_MAX, "%" PRIu64, bytes);
        return buf;
}

char *format_duration(uint64_t usec, char buf[static FORMAT_DURATION_MAX])
{
        static const Unit units[] = {
                { "h",   3600 * USEC_PER_SEC },
                { "min", 60 * USEC_PER_SEC   },
                { "s",   USEC_PER_SEC        },
                { "ms",  1000                },
                { "us",  1                   },
        };

        (void)snprintf(buf, FORMAT_DURATION_MAX, "0s");
        for (size_t i = 0; usec && i < ARRAY_SIZE(units); i++)
                if (usec % units[i].factor == 0) {
                        (void)snprintf(buf, FORMAT_DURATION_MAX, "%" PRIu64 "%s",
                                       usec / units[i].factor, units[i].name);
                        break;
                }
        return buf;
}
