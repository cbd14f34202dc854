// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/unit.h"

#include "emit/text.h"
#include "util/str.h"

enum {
        MAX_PROSE = 400,
        MAX_LINE = 64 * 1024, /* systemd takes a MiB */
};

void unit_text_clear(UnitText *unit)
{
        unit->text.len = 0;
        unit->refused = false;
}

void unit_text_done(UnitText *unit)
{
        str_buf_done(&unit->text);
        unit->refused = false;
}

static bool is_control(char c)
{
        return (unsigned char)c < ' ' || c == 0x7f;
}

/* Runs of plain characters are added whole. */
static void add_escaped(UnitText *unit, const char *value, const char *special, char escape)
{
        while (*value) {
                size_t n = strcspn(value, special);

                str_buf_add_n(&unit->text, value, n);
                value += n;
                if (!*value)
                        return;
                str_buf_add_char(&unit->text, *value == '%' ? '%' : escape);
                str_buf_add_char(&unit->text, *value++);
        }
}

static bool can_stand(const char *value)
{
        const char *p = value;

        while (*p && !is_control(*p))
                p++;
        return *p == '\0' && p - value <= MAX_LINE;
}

void unit_comment(UnitText *unit, const char *text)
{
        str_buf_add(&unit->text, "# ");
        str_buf_add(&unit->text, text);
        str_buf_add_char(&unit->text, '\n');
}

void unit_section(UnitText *unit, const char *name)
{
        if (unit->text.len > 0)
                str_buf_add_char(&unit->text, '\n');
        str_buf_add_char(&unit->text, '[');
        str_buf_add(&unit->text, name);
        str_buf_add(&unit->text, "]\n");
}

static void begin(UnitText *unit, const char *key)
{
        str_buf_add(&unit->text, key);
        str_buf_add_char(&unit->text, '=');
}

void unit_value(UnitText *unit, const char *key, const char *value)
{
        if (!can_stand(value)) {
                unit->refused = true;
                return;
        }
        begin(unit, key);
        add_escaped(unit, value, "%", '%');
        /* A blank at the end is not read, and keeps the backslash from joining the next line. */
        if (endswith(value, "\\"))
                str_buf_add_char(&unit->text, ' ');
        str_buf_add_char(&unit->text, '\n');
}

/* Where to cut so that no character is torn. */
static size_t prose_length(const StrBuf *text)
{
        const char *data = str_buf_get(text);
        size_t n = MAX_PROSE;

        if (text->len <= n)
                return text->len;
        while (n > 0 && ((unsigned char)data[n] & 0xc0) == 0x80)
                n--;
        return n;
}

void unit_prose(UnitText *unit, const char *key, const char *text)
{
        _cleanup_str_buf_ StrBuf shown = {};
        size_t n;

        text_add(&shown, text);
        n = prose_length(&shown);
        if (n < shown.len) {
                shown.len = n;
                str_buf_add(&shown, "…");
        }
        unit->text.failed = unit->text.failed || shown.failed;
        unit_value(unit, key, str_buf_get(&shown));
}

void unit_word(UnitText *unit, const char *key, const char *word)
{
        if (!*word || !can_stand(word)) {
                unit->refused = true;
                return;
        }
        begin(unit, key);
        if (strpbrk(word, " \"'\\")) {
                str_buf_add_char(&unit->text, '"');
                add_escaped(unit, word, "%\"\\", '\\');
                str_buf_add_char(&unit->text, '"');
        } else {
                add_escaped(unit, word, "%", '%');
        }
        str_buf_add_char(&unit->text, '\n');
}

char *unit_name_of_device(const char *path)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789:_.";
        _cleanup_str_buf_ StrBuf name = {};

        for (path += strspn(path, "/"); *path; path++) {
                if (*path == '/') {
                        path += strspn(path, "/") - 1;
                        str_buf_add_char(&name, '-');
                } else if (strchr(plain, *path) && !(*path == '.' && name.len == 0)) {
                        str_buf_add_char(&name, *path);
                } else {
                        str_buf_printf(&name, "\\x%02x", (unsigned char)*path);
                }
        }
        str_buf_add(&name, ".device");
        return str_buf_take(&name);
}

int unit_text_get(const UnitText *unit, const char **ret, size_t *ret_size)
{
        if (unit->refused)
                return -EINVAL;
        if (unit->text.failed)
                return -ENOMEM;
        *ret = str_buf_get(&unit->text);
        *ret_size = unit->text.len;
        return 0;
}
