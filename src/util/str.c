// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/str.h"

#include <stdarg.h>

const char *endswith(const char *s, const char *suffix)
{
        size_t n = strlen(s), m = strlen(suffix);

        if (n < m || memcmp(s + n - m, suffix, m) != 0)
                return NULL;
        return s + n - m;
}

int free_and_strdup(char **p, const char *s)
{
        char *copy = NULL;

        if (s) {
                copy = strdup(s);
                if (!copy)
                        return -ENOMEM;
        }
        free(*p);
        *p = copy;
        return 0;
}

char *strstrip(char *s)
{
        static const char space[] = " \t\r\n\f\v";
        size_t n = strlen(s);

        while (n > 0 && strchr(space, s[n - 1]))
                n--;
        s[n] = '\0';
        return s + strspn(s, space);
}

char *format_string(const char *format, ...)
{
        char *s = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&s, format, ap);
        va_end(ap);
        return n < 0 ? NULL : s;
}

int str_list_take(StrList *list, char *s)
{
        if (!s)
                return -ENOMEM;
        if (!GROW(list->items, list->n)) {
                free(s);
                return -ENOMEM;
        }
        list->items[list->n++] = s;
        return 0;
}

int str_list_add(StrList *list, const char *s)
{
        return str_list_take(list, strdup(s));
}

int str_list_append(StrList *list, const StrList *other)
{
        for (size_t i = 0; i < other->n; i++) {
                int r = str_list_add(list, other->items[i]);

                if (r < 0)
                        return r;
        }
        return 0;
}

bool str_list_contains(const StrList *list, const char *s)
{
        for (size_t i = 0; i < list->n; i++)
                if (streq(list->items[i], s))
                        return true;
        return false;
}

static int compare_strings(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

void str_list_sort(StrList *list)
{
        if (list->n > 1)
                qsort(list->items, list->n, sizeof(char *), compare_strings);
}

void str_list_done(StrList *list)
{
        for (size_t i = 0; i < list->n; i++)
                free(list->items[i]);
        free(list->items);
        *list = (StrList){};
}
