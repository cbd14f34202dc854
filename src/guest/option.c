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

void option_text(Option *option, const char *key, const char *value)
{
        if (!is_sayable(value))
                words_fail(option->words, -EINVAL);
        if (option->value.len > 0)
                str_buf_add_char(&option->value, ',');
        str_buf_add(&option->value, key);
        str_buf_add_char(&option->value, '=');
        for (; *value; value++) {
                if (*value == ',')
                        str_buf_add_char(&option->value, ',');
                str_buf_add_char(&option->value, *value);
        }
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
        option_format(option, key, "%" PRIu64, value);
}

void option_switch(Option *option, const char *key, bool on)
{
        option_text(option, key, on ? "on" : "off");
}

void option_end(Option *option)
{
        take_word(option->words, str_buf_take(&option->value));
}
