// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/attributes.h"

#include "util/parse.h"

void attributes_note_text(const Attributes *a, const char *name, const char *why)
{
        str_buf_printf(a->trouble, "%s%s: %s", a->trouble->len > 0 ? ", " : "", name, why);
}

static const char *error_words(int error)
{
        switch (error) {
        case -ENOENT:
                return "missing";
        case -E2BIG:
                return "too long";
        case -EBADMSG:
                return "not text";
        case -EINVAL:
                return "not a number";
        case -ERANGE:
                return "number out of range";
        default:
                return strerror(-error);
        }
}

void attributes_note(const Attributes *a, const char *name, int error)
{
        attributes_note_text(a, name, error_words(error));
}

/* The length of the UTF-8 sequence at `s`; 0 for what is none. Overlong forms and surrogates pass:
 * they reach a terminal at worst as replacement characters. */
static size_t utf8_length(const char *s)
{
        unsigned char c = (unsigned char)*s;
        size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

        for (size_t i = 1; i < n; i++)
                if (((unsigned char)s[i] & 0xc0) != 0x80)
                        return 0;
        return n;
}

bool text_is_plain(const char *s, const char *allowed)
{
        for (size_t n; *s; s += n) {
                unsigned char c = (unsigned char)*s;

                n = utf8_length(s);
                if (n == 0)
                        return false;
                if ((c < ' ' || c == 0x7f) && !strchr(allowed, *s))
                        return false;
                if (c == 0xc2 && (unsigned char)s[1] < 0xa0) /* C1: some terminals obey these */
                        return false;
        }
        return true;
}

bool attributes_read(const Attributes *a, const char *name, char *buf, size_t size)
{
        int r = root_dir_read(a->dir, name, buf, size);

        if (r < 0 && r != -ENOENT)
                attributes_note(a, name, r);
        return r >= 0;
}

bool attributes_hex(const Attributes *a, const char *name, size_t digits, uint64_t *ret)
{
        char buf[64];
        int r = root_dir_read(a->dir, name, buf, sizeof(buf));

        if (r >= 0)
                r = startswith(buf, "0x") ? parse_hex(buf + 2, digits, ret) : -EINVAL;
        if (r < 0)
                attributes_note(a, name, r);
        return r >= 0;
}

bool attributes_number(const Attributes *a, const char *name, uint64_t max, uint64_t *ret)
{
        uint64_t value;
        char buf[64];
        int r;

        if (!attributes_read(a, name, buf, sizeof(buf)))
                return false;
        r = parse_u64(buf, &value);
        if (r >= 0 && value > max)
                r = -ERANGE;
        if (r < 0) {
                attributes_note(a, name, r);
                return false;
        }
        *ret = value;
        return true;
}

bool attributes_flag(const Attributes *a, const char *name, bool *ret)
{
        uint64_t value;

        if (!attributes_number(a, name, 1, &value))
                return false;
        *ret = value;
        return true;
}

static int read_text(const Attributes *a, const char *name, const char *allowed, char **ret)
{
        char buf[ATTRIBUTE_MAX + 1], *copy;

        if (!attributes_read(a, name, buf, sizeof(buf)))
                return 0;
        if (!text_is_plain(buf, allowed)) {
                attributes_note(a, name, -EBADMSG);
                return 0;
        }
        copy = strdup(strstrip(buf));
        if (!copy)
                return -ENOMEM;
        free(*ret);
        *ret = copy;
        return 0;
}

int attributes_word(const Attributes *a, const char *name, char **ret)
{
        return read_text(a, name, "", ret);
}

int attributes_text(const Attributes *a, const char *name, char **ret)
{
        return read_text(a, name, "\n\t", ret);
}

bool attributes_link(const Attributes *a, const char *name, char *buf, size_t size)
{
        char target[4096];
        const char *base;
        int r = root_dir_read_link(a->dir, name, target, sizeof(target));

        if (r == -ENOENT)
                return false;
        if (r < 0) {
                attributes_note(a, name, r == -EINVAL ? -EBADMSG : r);
                return false;
        }
        base = strrchr(target, '/');
        base = base ? base + 1 : target;
        if (!*base || strlen(base) >= size || !text_is_plain(base, "")) {
                attributes_note_text(a, name, "a link that makes no sense");
                return false;
        }
        memcpy(buf, base, strlen(base) + 1);
        return true;
}
