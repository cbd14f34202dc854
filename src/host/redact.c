// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/redact.h"

#include <ctype.h>

#include "util/parse.h"

enum { UUID_LENGTH = 36, MAC_LENGTH = 17 };

/* The end of each is a number: hexadecimal in the first two, decimal in the others. */
static const char *const own_prefix[_REDACT_MAX] = {
        [REDACT_UUID] = "00000000-0000-4000-8000-",
        [REDACT_MAC] = "02:00:00:00:",
        [REDACT_SERIAL] = "serial-",
        [REDACT_MAPPED] = "mapped-",
};

/* Vendors of firmware variables: in their names on every machine. */
static const char *const public_uuids[] = {
        "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f", /* the Boot Loader Interface */
        "8be4df61-93ca-11d2-aa0d-00e098032b8c", /* the firmware itself */
        "9c6b6c1e-6f0e-4b44-9f31-5a3a2b1d7c02", /* gpuhost */
};

void redactor_done(Redactor *r)
{
        for (size_t i = 0; i < _REDACT_MAX; i++)
                str_list_done(r->seen + i);
}

/* Is it a placeholder already? Then it keeps its number from others. */
static bool is_own(Redactor *r, RedactKind kind, const char *value)
{
        const char *rest = own_prefix[kind] ? startswith(value, own_prefix[kind]) : NULL;
        char digits[16];
        size_t n = 0;
        uint64_t number;

        if (!rest)
                return false;
        for (; *rest && n < sizeof(digits) - 1; rest++)
                if (*rest != ':')
                        digits[n++] = *rest;
        digits[n] = '\0';
        if ((kind <= REDACT_MAC ? parse_hex(digits, 12, &number) : parse_u64(digits, &number)) < 0)
                return false;
        if (r->surveying && number < UINT32_MAX / 2 && number > r->reserved[kind])
                r->reserved[kind] = (unsigned)number;
        return true;
}

static int number_of(Redactor *r, RedactKind kind, const char *value, unsigned *ret)
{
        StrList *seen = r->seen + kind;
        size_t i;
        int k;

        for (i = 0; i < seen->n; i++)
                if (strcasecmp(seen->items[i], value) == 0)
                        break;
        k = i == seen->n ? str_list_add(seen, value) : 0;
        *ret = r->reserved[kind] + (unsigned)i + 1;
        return k;
}

int redact_value(Redactor *r, RedactKind kind, const char *value, StrBuf *out)
{
        unsigned number;
        int k;

        if (is_own(r, kind, value) || r->surveying) {
                str_buf_add(out, value);
                return 0;
        }
        k = number_of(r, kind, value, &number);
        if (k < 0)
                return k;
        str_buf_add(out, own_prefix[kind]);
        if (kind == REDACT_UUID)
                str_buf_printf(out, "%012x", number);
        else if (kind == REDACT_MAC)
                str_buf_printf(out, "%02x:%02x", number >> 8 & 0xff, number & 0xff);
        else
                str_buf_printf(out, "%u", number);
        return 0;
}

static bool is_word(char c)
{
        return isalnum((unsigned char)c);
}

static size_t match_uuid(const char *p, size_t n)
{
        if (n < UUID_LENGTH || (n > UUID_LENGTH && is_word(p[UUID_LENGTH])))
                return 0;
        for (size_t i = 0; i < UUID_LENGTH; i++) {
                bool dash = i == 8 || i == 13 || i == 18 || i == 23;

                if (dash ? p[i] != '-' : !isxdigit((unsigned char)p[i]))
                        return 0;
        }
        for (size_t i = 0; i < ARRAY_SIZE(public_uuids); i++)
                if (strncmp(p, public_uuids[i], UUID_LENGTH) == 0)
                        return 0;
        return UUID_LENGTH;
}

/* Seven or more pairs are something else. */
static size_t match_mac(const char *p, size_t n, bool after_colon)
{
        if (after_colon || n < MAC_LENGTH ||
            (n > MAC_LENGTH && (is_word(p[MAC_LENGTH]) || p[MAC_LENGTH] == ':')))
                return 0;
        for (size_t i = 0; i < MAC_LENGTH; i++)
                if (i % 3 == 2 ? p[i] != ':' : !isxdigit((unsigned char)p[i]))
                        return 0;
        return MAC_LENGTH;
}

/* An interface that is named by its address: enx0123456789ab. */
static size_t match_enx(const char *p, size_t n)
{
        enum { LENGTH = 3 + 12 };

        if (n < LENGTH || memcmp(p, "enx", 3) != 0 || (n > LENGTH && is_word(p[LENGTH])))
                return 0;
        for (size_t i = 3; i < LENGTH; i++)
                if (!isxdigit((unsigned char)p[i]))
                        return 0;
        return LENGTH;
}

static int redact_enx(Redactor *r, const char *p, StrBuf *out)
{
        _cleanup_str_buf_ StrBuf placeholder = {};
        char mac[MAC_LENGTH + 1];
        int k;

        (void)snprintf(mac, sizeof(mac), "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", p + 3, p + 5, p + 7,
                       p + 9, p + 11, p + 13);
        k = redact_value(r, REDACT_MAC, mac, &placeholder);
        if (k < 0)
                return k;
        str_buf_add(out, "enx");
        for (const char *c = str_buf_get(&placeholder); *c; c++)
                if (*c != ':')
                        str_buf_add_char(out, *c);
        return placeholder.failed ? -ENOMEM : 0;
}

static size_t match_mapped(const char *p, size_t n)
{
        static const char prefix[] = "/dev/mapper/";
        size_t used = sizeof(prefix) - 1;

        if (n <= used || memcmp(p, prefix, used) != 0)
                return 0;
        while (used < n && (is_word(p[used]) || strchr("+_.-", p[used])))
                used++;
        return used;
}

static int redact_mapped(Redactor *r, const char *p, size_t n, StrBuf *out)
{
        _cleanup_free_ char *name = strndup(p + strlen("/dev/mapper/"), n - strlen("/dev/mapper/"));

        if (!name)
                return -ENOMEM;
        str_buf_add(out, "/dev/mapper/");
        return redact_value(r, REDACT_MAPPED, name, out);
}

static int redact_span(Redactor *r, RedactKind kind, const char *p, size_t n, StrBuf *out)
{
        _cleanup_free_ char *value = strndup(p, n);

        return value ? redact_value(r, kind, value, out) : -ENOMEM;
}

/* A value that was replaced elsewhere, the longest that stands here as a word of its own. */
static const char *match_known(const Redactor *r, RedactKind kind, const char *p, size_t n)
{
        const char *best = NULL;

        for (size_t i = 0; i < r->seen[kind].n; i++) {
                const char *value = r->seen[kind].items[i];
                size_t length = strlen(value);

                if (length > 0 && length <= n && memcmp(p, value, length) == 0 &&
                    (length == n || !is_word(p[length])) && (!best || length > strlen(best)))
                        best = value;
        }
        return best;
}

/* Replaces what begins at `at`; *ret_used stays 0 where nothing does. */
static int redact_here(Redactor *r, const char *text, size_t at, size_t end, bool known_words,
                       StrBuf *out, size_t *ret_used)
{
        const char *p = text + at;
        size_t n = end - at;
        const char *serial = known_words ? match_known(r, REDACT_SERIAL, p, n) : NULL;
        const char *argument = known_words ? match_known(r, REDACT_ARGUMENT, p, n) : NULL;
        size_t used;

        if ((*ret_used = argument ? strlen(argument) : 0))
                return redact_argument(r, argument, out);
        if ((*ret_used = serial ? strlen(serial) : 0))
                return redact_value(r, REDACT_SERIAL, serial, out);
        if ((used = *ret_used = match_uuid(p, n)))
                return redact_span(r, REDACT_UUID, p, used, out);
        if ((used = *ret_used = match_mac(p, n, at > 0 && p[-1] == ':')))
                return redact_span(r, REDACT_MAC, p, used, out);
        if ((*ret_used = match_enx(p, n)))
                return redact_enx(r, p, out);
        if ((used = *ret_used = match_mapped(p, n)))
                return redact_mapped(r, p, used, out);
        return 0;
}

int redact_text(Redactor *r, const char *text, size_t n, bool known_words, StrBuf *out)
{
        for (size_t i = 0; i < n;) {
                bool boundary = i == 0 || !is_word(text[i - 1]);
                size_t used = 0;
                int k = boundary ? redact_here(r, text, i, n, known_words, out, &used) : 0;

                if (k < 0)
                        return k;
                if (used == 0)
                        str_buf_add_char(out, text[i++]);
                i += used;
        }
        return out->failed ? -ENOMEM : 0;
}
