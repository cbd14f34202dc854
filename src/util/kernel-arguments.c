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
