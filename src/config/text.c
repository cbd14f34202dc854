// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/text.h"

#include "util/str.h"

void syntax_error_set(SyntaxError *e, unsigned line, unsigned column, const char *message,
                      const char *hint)
{
        e->line = line;
        e->column = column;
        (void)snprintf(e->message, sizeof(e->message), "%s", message);
        (void)snprintf(e->hint, sizeof(e->hint), "%s", hint);
}

/* Shortest forms only, no surrogates, at most U+10FFFF: RFC 3629. Returns the length, or 0. */
static size_t utf8_decode(const unsigned char *p, size_t n, uint32_t *ret)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        size_t len = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : 4;
        uint32_t c;

        if (len == 4 && p[0] >> 3 != 30)
                return 0;
        if (len > n)
                return 0;
        c = len == 1 ? p[0] : p[0] & (0x7fu >> len);
        for (size_t i = 1; i < len; i++) {
                if (p[i] >> 6 != 2)
                        return 0;
                c = c << 6 | (p[i] & 0x3fu);
        }
        if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return 0;
        *ret = c;
        return len;
}

/* The characters that YAML calls printable; a byte order mark is one only at the beginning. */
static bool is_printable(uint32_t c)
{
        if (c < 0x20)
                return c == '\t' || c == '\n' || c == '\r';
        return c != 0x7f && (c < 0x80 || c >= 0xa0 || c == 0x85) && c != 0xfeff && c != 0xfffe &&
               c != 0xffff;
}

/* Eight bytes at once: are all of them within 0x20…0x7e? Most of every file is. */
static bool all_plain(const char *p)
{
        const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
        uint64_t v;

        memcpy(&v, p, sizeof(v));
        /* A byte below 0x20 borrows, 0x7f overflows into the high bit, and others have it already. */
        return !(((v - ones * 0x20) | (v + ones) | v) & high);
}

static int refuse(const char *text, const char *at, bool decoded, uint32_t c, SyntaxError *ret)
{
        unsigned line = 1, column = 1;
        char message[64];

        for (const char *p = text; p < at; p++) {
                if (*p == '\n') {
                        line++;
                        column = 1;
                } else if (((unsigned char)*p >> 6) != 2) {
                        column++;
                }
        }
        if (!decoded) {
                (void)snprintf(message, sizeof(message), "byte 0x%02x is not UTF-8",
                               (unsigned char)*at);
                syntax_error_set(ret, line, column, message, "save the file as UTF-8");
        } else if (c == 0) {
                syntax_error_set(ret, line, column, "a NUL byte", "remove it: files are text");
        } else {
                (void)snprintf(message, sizeof(message), "control character U+%04X", c);
                syntax_error_set(ret, line, column, message,
                                 "remove it, or write it as an escape in double quotes");
        }
        return -EBADMSG;
}

int text_check(const char *text, size_t n, SyntaxError *ret_error)
{
        const char *p = text, *end = text + n;

        while (p < end) {
                uint32_t c = 0;
                size_t len;

                if (end - p >= 8 && all_plain(p)) {
                        p += 8;
                        continue;
                }
                len = utf8_decode((const unsigned char *)p, (size_t)(end - p), &c);
                if (len == 0 || (!is_printable(c) && !(c == 0xfeff && p == text)))
                        return refuse(text, p, len > 0, c, ret_error);
                p += len;
        }
        return 0;
}

/* Stops at what no JSON holds outside of strings: then it is YAML that only begins with a brace, where
 * a quote may mean something else. */
void text_prepare_json(char *text, size_t n)
{
        static const char json[] = "{}[]:, \t\r\n+-.0123456789eEtrufalsn";
        size_t i = strspn(text, " \t\r\n");
        bool quoted = false;

        if (i == n || (text[i] != '{' && text[i] != '['))
                return;
        for (i = 0; i < n; i++) {
                if (quoted && text[i] == '\\' && i + 1 < n)
                        i++;
                else if (text[i] == '"')
                        quoted = !quoted;
                else if (!quoted && text[i] == '\t')
                        text[i] = ' ';
                else if (!quoted && !strchr(json, text[i]))
                        return;
        }
}

bool text_line(const char *text, size_t n, unsigned line, const char **ret_start, size_t *ret_len)
{
        const char *p = text, *end = text + n, *stop;

        for (unsigned i = 1; i < line; i++) {
                p = memchr(p, '\n', (size_t)(end - p));
                if (!p)
                        return false;
                p++;
        }
        stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop)
                stop = end;
        if (stop > p && stop[-1] == '\r')
                stop--;
        *ret_start = p;
        *ret_len = (size_t)(stop - p);
        return true;
}

static bool is_visible(uint32_t c)
{
        if (c < 0x7f)
                return c >= 0x20;
        return is_printable(c) && c != 0x85 && c != 0x2028 && c != 0x2029;
}

bool text_is_visible(const char *s, const char *also)
{
        for (size_t n = strlen(s), len; n > 0; s += len, n -= len) {
                uint32_t c = (unsigned char)*s;

                len = 1;
                if (c >= 0x80)
                        len = utf8_decode((const unsigned char *)s, n, &c);
                if (len == 0 || (!is_visible(c) && (c >= 0x80 || !strchr(also, (int)c))))
                        return false;
        }
        return true;
}

/* One character as a message may hold it. */
static int show_character(uint32_t c, const char *s, size_t len, char buf[static 12])
{
        if (is_visible(c))
                return sprintf(buf, "%.*s", (int)len, s);
        return c == '\n' ? sprintf(buf, "\\n") : sprintf(buf, c < 0x80 ? "\\x%02x" : "\\u%04x", c);
}

const char *text_show(const char *s, char buf[static TEXT_SHOW_MAX])
{
        static const char dots[] = "…";
        size_t n = strlen(s), used = 0, len;

        for (; n > 0; s += len, n -= len) {
                uint32_t c = 0;
                char shown[12];
                int width;

                len = utf8_decode((const unsigned char *)s, n, &c);
                if (len == 0)
                        break;
                width = show_character(c, s, len, shown);
                if (used + (size_t)width + sizeof(dots) > TEXT_SHOW_MAX)
                        break;
                memcpy(buf + used, shown, (size_t)width);
                used += (size_t)width;
        }
        (void)snprintf(buf + used, TEXT_SHOW_MAX - used, "%s", n > 0 ? dots : "");
        return buf;
}
