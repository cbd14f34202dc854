// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/redact.h"

enum { MAX_WORDS = 64 };

static size_t split(char *line, char **words, size_t max)
{
        size_t n = 0;
        char *word;

        while (n < max && (word = strsep(&line, " \t")))
                if (*word)
                        words[n++] = word;
        return n;
}

static int arguments_line(Redactor *r, char *line, StrBuf *out)
{
        return redact_arguments(r, line, out);
}

/* Counts change from one moment to the next: of the one line that is kept, its chip is left. */
static int interrupts_line(Redactor *r, char *line, StrBuf *out)
{
        const char *chip = strstr(line, " IR-");

        if (chip)
                str_buf_printf(out, " %.*s", (int)strcspn(chip + 1, " "), chip + 1);
        return 0;
}

/* 28 1 253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg0-root rw,…: options hold names and
 * addresses, and a source that is no device is a pool or a server. */
static int mountinfo_line(Redactor *r, char *line, StrBuf *out)
{
        enum { ID, PARENT, NUMBER, ROOT, POINT, N };
        char *separator = strstr(line, " - "), *words[MAX_WORDS], *after[MAX_WORDS];

        if (!separator || split(separator + 3, after, MAX_WORDS) < 2)
                return 0;
        *separator = '\0';
        if (split(line, words, MAX_WORDS) < N)
                return 0;
        str_buf_printf(out, "%s %s %s / %s rw - %s ", words[ID], words[PARENT], words[NUMBER],
                       words[POINT], after[0]);
        if (startswith(after[1], "/dev/")) {
                int k = redact_text(r, after[1], strlen(after[1]), false, out);

                if (k < 0)
                        return k;
        } else
                str_buf_add(out, "redacted");
        str_buf_add(out, " rw");
        return 0;
}

static int swaps_line(Redactor *r, char *line, StrBuf *out)
{
        char *words[MAX_WORDS];

        if (startswith(line, "Filename")) {
                str_buf_add(out, "Filename");
                return 0;
        }
        if (split(line, words, MAX_WORDS) < 2)
                return 0;
        str_buf_printf(out, "%s\t%s\t0\t0\t0", words[0], words[1]);
        return 0;
}

/* Without the gateway's address, and without counters. */
static int route_line(Redactor *r, char *line, StrBuf *out)
{
        enum { INTERFACE, DESTINATION, GATEWAY, FLAGS, REFCNT, USE, METRIC, MASK, N };
        char *words[MAX_WORDS];

        if (split(line, words, MAX_WORDS) < N)
                return 0;
        str_buf_printf(out, "%s\t%s\t00000000\t%s\t0\t0\t%s\t%s\t0\t0\t0", words[INTERFACE],
                       words[DESTINATION], words[FLAGS], words[METRIC], words[MASK]);
        return 0;
}

static int route6_line(Redactor *r, char *line, StrBuf *out)
{
        enum {
                DESTINATION,
                LENGTH,
                SOURCE,
                SOURCE_LENGTH,
                GATEWAY,
                METRIC,
                REFCNT,
                USE,
                FLAGS,
                INTERFACE,
                N
        };
        static const char zero[] = "00000000000000000000000000000000";
        char *words[MAX_WORDS];

        if (split(line, words, MAX_WORDS) < N)
                return 0;
        str_buf_printf(out, "%s %s %s 00 %s %s 00000000 00000000 %s %s", words[DESTINATION],
                       words[LENGTH], zero, zero, words[METRIC], words[FLAGS], words[INTERFACE]);
        return 0;
}

static int serial_line(Redactor *r, char *line, StrBuf *out)
{
        char *value = strstrip(line);

        return *value ? redact_value(r, REDACT_SERIAL, value, out) : 0;
}

static int mapped_line(Redactor *r, char *line, StrBuf *out)
{
        return *line ? redact_value(r, REDACT_MAPPED, line, out) : 0;
}

static const struct {
        const char *path, *suffix; /* one of them */
        int (*line)(Redactor *r, char *line, StrBuf *out);
} rules[] = {
        { "etc/kernel/cmdline",               NULL,             arguments_line  },
        { "proc/cmdline",                     NULL,             arguments_line  },
        { "var/lib/gpuhost/kernel-arguments", NULL,             arguments_line  },
        { "proc/interrupts",                  NULL,             interrupts_line },
        { "proc/self/mountinfo",              NULL,             mountinfo_line  },
        { "proc/swaps",                       NULL,             swaps_line      },
        { "proc/net/route",                   NULL,             route_line      },
        { "proc/net/ipv6_route",              NULL,             route6_line     },
        { NULL,                               "/serial_number", serial_line     },
        { NULL,                               "/dm/name",       mapped_line     },
};

/* Each line through its rule, and what comes of it through the search for UUIDs and addresses. */
static int redact_lines(Redactor *r, const char *data,
                        int (*rule)(Redactor *r, char *line, StrBuf *out), StrBuf *out)
{
        _cleanup_free_ char *copy = strdup(data);
        _cleanup_str_buf_ StrBuf lines = {};
        char *rest = copy, *line;

        if (!copy)
                return -ENOMEM;
        while ((line = strsep(&rest, "\n"))) {
                int k = rule(r, line, &lines);

                if (k < 0)
                        return k;
                if (rest)
                        str_buf_add_char(&lines, '\n');
        }
        if (lines.failed)
                return -ENOMEM;
        return redact_text(r, str_buf_get(&lines), lines.len, false, out);
}

int redact_file(Redactor *r, const char *path, const char *data, size_t n, StrBuf *out)
{
        if (strlen(data) != n) /* no text: nothing of this can be in a line of it */
                return redact_text(r, data, n, false, out);
        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                if (rules[i].path ? streq(path, rules[i].path)
                                  : endswith(path, rules[i].suffix) != NULL)
                        return redact_lines(r, data, rules[i].line, out);
        if (endswith(path, ".yaml") || endswith(path, ".yml") || endswith(path, ".json"))
                return redact_yaml(r, data, out);
        return redact_text(r, data, n, false, out);
}
