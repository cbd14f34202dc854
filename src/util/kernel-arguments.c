// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/kernel-arguments.h"

/* As the kernel's isspace() has it: Latin-1, so 0xa0 is a space too. */
static bool is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r') || c == (char)0xa0;
}

static const char *skip_space(const char *p)
{
        while (is_space(*p))
                p++;
        return p;
}

static const char *word_end(const char *p)
{
        bool quoted = false;

        for (; *p && (quoted || !is_space(*p)); p++)
                if (*p == '"')
                        quoted = !quoted;
        return p;
}

/* lib/cmdline.c, next_arg(): a quote that opens the word or its value is dropped, and with it one
 * that ends the word. Quotes elsewhere stay. */
static char *unquote(const char *word, size_t n)
{
        bool whole = n > 0 && word[0] == '"';
        const char *equals;
        size_t name;
        char *s;

        if (whole) {
                word++;
                n--;
        }
        equals = n > 1 ? memchr(word + 1, '=', n - 1) : NULL;
        name = equals ? (size_t)(equals - word) + 1 : n;
        if (whole && n > 0 && word[n - 1] == '"')
                n--;
        if (!equals || name >= n || word[name] != '"')
                return strndup(word, n);
        s = format_string("%.*s%.*s", (int)name, word, (int)(n - name - 1), word + name + 1);
        if (s && !whole && n - name > 1 && word[n - 1] == '"')
                s[n - 2] = '\0';
        return s;
}

int kernel_arguments_split(const char *line, StrList *ret)
{
        for (const char *p = skip_space(line), *end; *p; p = skip_space(end)) {
                _cleanup_free_ char *word = NULL;
                int r;

                end = word_end(p);
                word = unquote(p, (size_t)(end - p));
                if (!word)
                        return -ENOMEM;
                if (streq(word, "--"))
                        break;
                if (!*word)
                        continue;
                r = str_list_take(ret, TAKE_PTR(word));
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool has_space(const char *word)
{
        while (*word && !is_space(*word))
                word++;
        return *word;
}

int kernel_arguments_add(StrBuf *line, const char *word)
{
        size_t name = strcspn(word, "=");

        if (!*word || strpbrk(word, "\"\n\r") || streq(word, "--"))
                return -EINVAL;
        str_buf_add(line, line->len > 0 ? " " : "");
        if (!has_space(word)) {
                str_buf_add(line, word);
                return 0;
        }
        if (!word[name]) {
                str_buf_printf(line, "\"%s\"", word);
                return 0;
        }
        str_buf_add_n(line, word, name + 1);
        str_buf_printf(line, "\"%s\"", word + name + 1);
        return 0;
}

int kernel_arguments_render(const StrList *words, char **ret)
{
        _cleanup_str_buf_ StrBuf text = {};

        for (size_t i = 0; i < words->n; i++) {
                _cleanup_str_buf_ StrBuf line = {};
                int r = kernel_arguments_add(&line, words->items[i]);

                if (r < 0 || line.failed)
                        return r < 0 ? r : -ENOMEM;
                str_buf_printf(&text, "%s\n", str_buf_get(&line));
        }
        *ret = str_buf_take(&text);
        return *ret ? 0 : -ENOMEM;
}
