// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/buf.h"

#include <stdarg.h>
#include <string.h>

/* Room for n characters more and the final NUL. */
static bool reserve(StrBuf *b, size_t n)
{
        size_t need, capacity;
        char *data;

        if (b->failed)
                return false;
        if (__builtin_add_overflow(b->len, n, &need) || need >= SIZE_MAX / 2) {
                b->failed = true;
                return false;
        }
        if (need < b->capacity)
                return true;
        for (capacity = b->capacity ? b->capacity : 64; capacity <= need;)
                capacity *= 2;
        data = realloc(b->data, capacity);
        if (!data) {
                b->failed = true;
                return false;
        }
        b->data = data;
        b->capacity = capacity;
        return true;
}

void str_buf_add_n(StrBuf *b, const char *s, size_t n)
{
        if (!reserve(b, n))
                return;
        memcpy(b->data + b->len, s, n);
        b->len += n;
        b->data[b->len] = '\0';
}

void str_buf_add(StrBuf *b, const char *s)
{
        str_buf_add_n(b, s, strlen(s));
}

void str_buf_add_char(StrBuf *b, char c)
{
        str_buf_add_n(b, &c, 1);
}

void str_buf_fill(StrBuf *b, char c, size_t n)
{
        if (!reserve(b, n))
                return;
        memset(b->data + b->len, c, n);
        b->len += n;
        b->data[b->len] = '\0';
}

void str_buf_printf(StrBuf *b, const char *format, ...)
{
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(NULL, 0, format, ap);
        va_end(ap);
        if (n < 0)
                b->failed = true;
        if (b->failed || !reserve(b, (size_t)n))
                return;
        va_start(ap, format);
        (void)vsnprintf(b->data + b->len, (size_t)n + 1, format, ap);
        va_end(ap);
        b->len += (size_t)n;
}

const char *str_buf_get(const StrBuf *b)
{
        return b->data ? b->data : "";
}

char *str_buf_take(StrBuf *b)
{
        char *s;

        str_buf_add_n(b, "", 0);
        if (b->failed) {
                str_buf_done(b);
                return NULL;
        }
        s = b->data;
        *b = (StrBuf){};
        return s;
}

void str_buf_done(StrBuf *b)
{
        free(b->data);
        *b = (StrBuf){};
}
