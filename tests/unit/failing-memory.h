// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* Memory that runs out where a test wants it to. The linker leads our calls here (-Wl,--wrap); those of
 * libraries stay. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/macros.h"

static size_t calls, failing; /* the call of that number fails, and no other */

static bool fails(void)
{
        return ++calls == failing;
}

#define WRAP(type, name, parameters, arguments)                                                    \
        type __real_##name parameters;                                                             \
        type __wrap_##name parameters;                                                             \
        type __wrap_##name parameters                                                              \
        {                                                                                          \
                if (fails()) {                                                                     \
                        errno = ENOMEM;                                                            \
                        return NULL;                                                               \
                }                                                                                  \
                return __real_##name arguments;                                                    \
        }

WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
WRAP(void *, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t n), (s, n))

int __real_vasprintf(char **ret, const char *format, va_list ap) _printf_(2, 0);
int __wrap_vasprintf(char **ret, const char *format, va_list ap) _printf_(2, 0);
int __wrap_vasprintf(char **ret, const char *format, va_list ap)
{
        return fails() ? -1 : __real_vasprintf(ret, format, ap);
}
