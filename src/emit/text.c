// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/text.h"

#include <stdarg.h>
#include <string.h>

/* One character as it is shown. */
typedef struct Glyph {
        char text[8];
        unsigned width;
} Glyph;

typedef struct Range {
        uint32_t first, last;
} Range;

/* Shown as nothing, or as something that is not there: C1, zero width, direction, line ends, tags. */
static const Range unprintable[] = {
        { 0x80,    0x9f     },
        { 0xad,    0xad     },
        { 0x061c,  0x061c   },
        { 0x200b,  0x200f   },
        { 0x2028,  0x202e   },
        { 0x2060,  0x206f   },
        { 0xd800,  0xdfff   },
        { 0xfeff,  0xfeff   },
        { 0xfff9,  0xfffb   },
        { 0xe000,  0xf8ff   },
        { 0xe0000, 0x10ffff },
};

static const Range wide[] = {
        { 0x1100,  0x115f  },
        { 0x2e80,  0xa4cf  },
        { 0xac00,  0xd7a3  },
        { 0xf900,  0xfaff  },
        { 0xfe30,  0xfe6f  },
        { 0xff00,  0xff60  },
        { 0x1f300, 0x1faff },
        { 0x20000, 0x3fffd },
};

static const Range combining[] = {
        { 0x0300, 0x036f },
        { 0x1ab0, 0x1aff },
        { 0x20d0, 0x20ff },
        { 0xfe00, 0xfe0f },
};

static bool in_ranges(uint32_t c, const Range *ranges, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (c >= ranges[i].first && c <= ranges[i].last)
                        return true;
        return false;
}

#define IN(c, ranges) in_ranges((c), (ranges), ARRAY_SIZE(ranges))

size_t text_decode(const char *text, uint32_t *ret)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        const unsigned char *s = (const unsigned char *)text;
        size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
        uint32_t c;

        if (n == 0 || s[0] > 0xf4)
                return 0;
        c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
        for (size_t i = 1; i < n; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3f);
        }
        if (c < least[n] || c > 0x10ffff)
                return 0;
        *ret = c;
        return n;
}

static Glyph glyph_escaped(unsigned char byte)
{
        Glyph g = {};

        if (byte == '\n' || byte == '\t')
                (void)snprintf(g.text, sizeof(g.text), "\\%c", byte == '\n' ? 'n' : 't');
        else
                (void)snprintf(g.text, sizeof(g.text), "\\x%02x", byte);
        g.width = (unsigned)strlen(g.text);
        return g;
}

/* The next character of *s, which moves behind it. What is escaped goes byte by byte. */
static Glyph glyph_next(const char **s)
{
        const unsigned char *p = (const unsigned char *)*s;
        uint32_t c;
        size_t n = text_decode(*s, &c);
        Glyph g = {};

        if (n == 0 || c < 0x20 || c == 0x7f || IN(c, unprintable)) {
                (*s)++;
                return glyph_escaped(*p);
        }
        memcpy(g.text, p, n);
        g.width = IN(c, combining) ? 0 : IN(c, wide) ? 2 : 1;
        *s += n;
        return g;
}

/* Bytes at the front that are what they look like: nearly all of nearly every text. */
static size_t plain_length(const char *s)
{
        size_t n = 0;

        while (s[n] >= 0x20 && s[n] < 0x7f)
                n++;
        return n;
}

void text_add(StrBuf *out, const char *s)
{
        while (*s) {
                size_t n = plain_length(s);

                str_buf_add_n(out, s, n);
                s += n;
                if (*s)
                        str_buf_add(out, glyph_next(&s).text);
        }
}

void text_addf(StrBuf *out, const char *format, ...)
{
        _cleanup_free_ char *s = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&s, format, ap);
        va_end(ap);
        if (n < 0) {
                s = NULL;
                out->failed = true;
                return;
        }
        text_add(out, s);
}

size_t text_width(const char *s)
{
        size_t n = 0;

        while (*s) {
                size_t plain = plain_length(s);

                n += plain;
                s += plain;
                if (*s)
                        n += glyph_next(&s).width;
        }
        return n;
}

void text_add_cut(StrBuf *out, const TextFormat *format, const char *s, size_t columns)
{
        const char *ellipsis = format->unicode ? "…" : "...";
        size_t left = columns, tail = text_width(ellipsis);

        if (text_width(s) <= columns) {
                text_add(out, s);
                return;
        }
        if (tail > columns)
                return;
        for (;;) {
                Glyph g = glyph_next(&s);

                if (g.width + tail > left)
                        break;
                str_buf_add(out, g.text);
                left -= g.width;
        }
        str_buf_add(out, ellipsis);
}

static const char *const style_codes[_STYLE_MAX] = {
        [STYLE_PLAIN] = "",        [STYLE_BOLD] = "\033[1m",  [STYLE_DIM] = "\033[2m",
        [STYLE_GOOD] = "\033[32m", [STYLE_WARN] = "\033[33m", [STYLE_BAD] = "\033[1;31m",
        [STYLE_TITLE] = "\033[4m",
};

void text_begin_style(StrBuf *out, const TextFormat *format, TextStyle style)
{
        if (format->color)
                str_buf_add(out, style_codes[style]);
}

void text_end_style(StrBuf *out, const TextFormat *format, TextStyle style)
{
        if (format->color && style != STYLE_PLAIN)
                str_buf_add(out, "\033[0m");
}

void text_add_styled(StrBuf *out, const TextFormat *format, TextStyle style, const char *s)
{
        text_begin_style(out, format, style);
        text_add(out, s);
        text_end_style(out, format, style);
}

/* Length in bytes of the part of `s` that makes one line of `columns`: up to a space if there is one,
 * at least one word. */
static size_t line_length(const char *s, size_t columns)
{
        const char *p = s, *fits = NULL;
        size_t used = 0;

        while (*p) {
                if (*p == ' ')
                        fits = p;
                if (used > 0 && used >= columns && fits)
                        return (size_t)(fits - s);
                used += glyph_next(&p).width;
        }
        if (used > columns && fits)
                return (size_t)(fits - s);
        return (size_t)(p - s);
}

static void add_bytes(StrBuf *out, const char *s, size_t n)
{
        const char *end = s + n;

        while (s < end)
                str_buf_add(out, glyph_next(&s).text);
}

void text_paragraph(StrBuf *out, const TextFormat *format, size_t indent, const char *label,
                    const char *s)
{
        size_t hang = indent + text_width(label);
        size_t columns = format->width == 0          ? SIZE_MAX
                         : format->width > hang + 20 ? format->width - hang
                                                     : 20;

        str_buf_fill(out, ' ', indent);
        str_buf_add(out, label);
        for (;;) {
                size_t n = line_length(s, columns);

                add_bytes(out, s, n);
                str_buf_add_char(out, '\n');
                s += n;
                while (*s == ' ')
                        s++;
                if (!*s)
                        return;
                str_buf_fill(out, ' ', hang);
        }
}

void text_count(StrBuf *out, size_t n, const char *singular, const char *plural)
{
        str_buf_printf(out, "%zu %s", n, n == 1 ? singular : plural);
}

void text_add_lines(StrBuf *out, size_t indent, const char *s)
{
        while (*s) {
                size_t n = strcspn(s, "\n");

                str_buf_fill(out, ' ', n > 0 ? indent : 0);
                add_bytes(out, s, n);
                str_buf_add_char(out, '\n');
                s += n + (s[n] == '\n');
        }
}
