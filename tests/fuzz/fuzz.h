// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string.h>

#include "util/macros.h"

/* What libFuzzer calls, and standalone.c where there is no libFuzzer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* assert() that NDEBUG does not remove: what must hold for whatever input. */
#define HOLDS(condition)                                                                           \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,          \
                                #condition);                                                       \
                        abort();                                                                   \
                }                                                                                  \
        } while (0)

/* The input with a NUL behind it: a string, which ends before if there is a NUL in it. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
        char *s = malloc(size + 1);

        HOLDS(s);
        if (size > 0)
                memcpy(s, data, size);
        s[size] = '\0';
        return s;
}
