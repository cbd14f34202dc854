// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/guest-message.h"

#include <string.h>

static void take_ready(GuestMessage *m, const char *value, size_t n)
{
        m->ready |= n == 1 && *value == '1';
}

static void take_stopping(GuestMessage *m, const char *value, size_t n)
{
        m->stopping |= n == 1 && *value == '1';
}

static void take_status(GuestMessage *m, const char *value, size_t n)
{
        if (n >= sizeof(m->status))
                n = sizeof(m->status) - 1;
        for (size_t i = 0; i < n; i++)
                m->status[i] = value[i] >= ' ' && value[i] < 0x7f ? value[i] : '?';
        m->status[n] = '\0';
        m->has_status = true;
}

static const struct {
        const char *head;
        void (*take)(GuestMessage *m, const char *value, size_t n);
} assignments[] = {
        { "READY=",    take_ready    },
        { "STOPPING=", take_stopping },
        { "STATUS=",   take_status   },
};

static void take_line(GuestMessage *m, const char *line, size_t n)
{
        for (size_t i = 0; i < ARRAY_SIZE(assignments); i++) {
                size_t head = strlen(assignments[i].head);

                if (n >= head && memcmp(line, assignments[i].head, head) == 0)
                        assignments[i].take(m, line + head, n - head);
        }
}

void guest_message_parse(const char *text, size_t n, GuestMessage *ret)
{
        GuestMessage m = {};

        while (n > 0) {
                const char *end = memchr(text, '\n', n);
                size_t length = end ? (size_t)(end - text) : n;

                take_line(&m, text, length);
                if (end)
                        length++;
                text += length;
                n -= length;
        }
        *ret = m;
}
