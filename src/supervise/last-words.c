// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/last-words.h"

static char *current(LastWords *words)
{
        return words->lines[words->n % LAST_WORDS_LINES];
}

void last_words_end(LastWords *words, LastWordsLine line, void *userdata)
{
        char *text = current(words);

        if (words->length == 0)
                return;
        text[words->length] = '\0';
        words->length = 0;
        words->n++;
        line(userdata, text);
}

static void add_char(LastWords *words, char c)
{
        if (words->length + 1 < LAST_WORDS_LINE_MAX)
                current(words)[words->length++] = (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
}

void last_words_add(LastWords *words, const char *data, size_t n, LastWordsLine line,
                    void *userdata)
{
        for (size_t i = 0; i < n; i++)
                if (data[i] == '\n')
                        last_words_end(words, line, userdata);
                else if (data[i] != '\r')
                        add_char(words, data[i]);
}

void last_words_join(const LastWords *words, StrBuf *out)
{
        size_t first = words->n > LAST_WORDS_LINES ? words->n - LAST_WORDS_LINES : 0;

        for (size_t i = first; i < words->n; i++)
                str_buf_printf(out, "%s%s", i > first ? " / " : "",
                               words->lines[i % LAST_WORDS_LINES]);
}
