// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/option.h"

#include <inttypes.h>
#include <stdarg.h>

void words_done(Words *words)
{
        str_list_done(&words->list);
        *words = (Words){};
}

void words_fail(Words *words, int error)
{
        if (words->error == 0)
                words->error = error;
}

static void take_word(Words *words, char *word)
{
        int r;

        if (words->error < 0) {
                free(word);
                return;
        }
        r = str_list_take(&words->list, word);
        if (r < 0)
                words_fail(words, r);
}

void words_add_word(Words *words, const char *word)
{
        take_word(words, strdup(word));
}

static bool is_control(char c)
{
        return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_sayable(const char *text)
{
        for (; *text; text++)
                if (is_control(*text))
                        return false;
        return true;
}

void words_add_text(Words *words, const char *option, const char *text)
{
        if (!is_sayable(text))
                words_fail(words, -EINVAL);
        words_add_word(words, option);
        words_add_word(words, text);
}

Option option_begin(Words *words, const char *name, const char *first)
{
        Option option = { .words = words };

        words_add_word(words, name);
        if (first && (!is_sayable(first) || strchr(first, ',')))
                words_fail(words, -EINVAL);
        if (first)
                str_buf_add(&option.value, first);
        return option;
}

Option option_begin_json(Words *words, const char *name)
{
        Option option = { .words = words, .json = true };

        words_add_word(words, name);
        str_buf_add_char(&option.value, '{');
        return option;
}

static bool is_first(const Option *option)
{
        const StrBuf *value = &option->value;

        return value->failed || value->len == 0 ||
               (option->json && value->data[value->len - 1] == '{');
}

static void add_key(Option *option, const char *key)
{
        StrBuf *value = &option->value;

        if (!is_first(option))
                str_buf_add_char(value, ',');
        if (option->json)
                str_buf_printf(value, "\"%s\":", key);
        else
                str_buf_printf(value, "%s%s%s=", option->inside ? option->inside : "",
                               option->inside ? "." : "", key);
}

/* Each of `special` is written twice, or behind what escapes it. */
static void add_escaped(StrBuf *out, const char *text, const char *special, char escape)
{
        for (; *text; text++) {
                if (strchr(special, *text))
                        str_buf_add_char(out, escape);
                str_buf_add_char(out, *text);
        }
}

void option_text(Option *option, const char *key, const char *value)
{
        if (!is_sayable(value))
                words_fail(option->words, -EINVAL);
        add_key(option, key);
        if (!option->json) {
                add_escaped(&option->value, value, ",", ',');
                return;
        }
        str_buf_add_char(&option->value, '"');
        add_escaped(&option->value, value, "\"\\", '\\');
        str_buf_add_char(&option->value, '"');
}

void option_format(Option *option, const char *key, const char *format, ...)
{
        _cleanup_free_ char *value = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&value, format, ap);
        va_end(ap);
        if (n < 0) {
                value = NULL;
                words_fail(option->words, -ENOMEM);
                return;
        }
        option_text(option, key, value);
}

void option_number(Option *option, const char *key, uint64_t value)
{
        add_key(option, key);
        str_buf_printf(&option->value, "%" PRIu64, value);
}

void option_switch(Option *option, const char *key, bool on)
{
        add_key(option, key);
        if (option->json)
                str_buf_add(&option->value, on ? "true" : "false");
        else
                str_buf_add(&option->value, on ? "on" : "off");
}

void option_null(Option *option, const char *key)
{
        if (!option->json)
                words_fail(option->words, -EINVAL);
        add_key(option, key);
        str_buf_add(&option->value, "null");
}

void option_open(Option *option, const char *key)
{
        if (option->json) {
                add_key(option, key);
                str_buf_add_char(&option->value, '{');
                return;
        }
        if (option->inside)
                words_fail(option->words, -EINVAL);
        option->inside = key;
}

void option_close(Option *option)
{
        option->inside = NULL;
        if (option->json)
                str_buf_add_char(&option->value, '}');
}

void option_end(Option *option)
{
        if (option->json)
                str_buf_add_char(&option->value, '}');
        take_word(option->words, str_buf_take(&option->value));
}
