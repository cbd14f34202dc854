// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string.h>
#include <strings.h>

#include "util/macros.h"

static inline bool streq(const char *a, const char *b)
{
        return strcmp(a, b) == 0;
}

static inline bool streq_ptr(const char *a, const char *b)
{
        return a == b || (a && b && streq(a, b));
}

/* Returns what follows the prefix, or NULL. */
static inline const char *startswith(const char *s, const char *prefix)
{
        size_t n = strlen(prefix);

        return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

/* Returns where the suffix begins, or NULL. */
const char *endswith(const char *s, const char *suffix) _pure_;

static inline bool ascii_isdigit(char c)
{
        return c >= '0' && c <= '9';
}

/* Replaces *p by a copy of s (NULL allowed). On failure *p stays. */
int free_and_strdup(char **p, const char *s) _must_check_;

/* Cuts trailing white space off, in place, and returns the first character that is none. */
char *strstrip(char *s);

char *format_string(const char *format, ...) _printf_(1, 2) _must_check_;

/* A growing list of owned strings. */
typedef struct StrList {
        char **items;
        size_t n;
} StrList;

int str_list_add(StrList *list, const char *s) _must_check_;
int str_list_take(StrList *list, char *s) _must_check_; /* frees s on failure; NULL is -ENOMEM */
int str_list_append(StrList *list, const StrList *other) _must_check_;
bool str_list_contains(const StrList *list, const char *s) _pure_;
void str_list_sort(StrList *list);
void str_list_done(StrList *list);
#define _cleanup_str_list_ _cleanup_(str_list_done)
