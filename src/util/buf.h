// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/* Text that grows. A failed allocation sticks: later additions do nothing, and str_buf_take() or a
 * look at `failed` tells. So a long run of additions needs one check, at its end. */
typedef struct StrBuf {
        char *data; /* NUL-terminated once anything was added */
        size_t len, capacity;
        bool failed;
} StrBuf;

void str_buf_add(StrBuf *b, const char *s);
void str_buf_add_n(StrBuf *b, const char *s, size_t n);
void str_buf_add_char(StrBuf *b, char c);
void str_buf_fill(StrBuf *b, char c, size_t n);
void str_buf_printf(StrBuf *b, const char *format, ...) _printf_(2, 3);

/* The text so far, never NULL. */
const char *str_buf_get(const StrBuf *b);

/* Hands the text over (an empty string if nothing was added); NULL when memory was short. */
char *str_buf_take(StrBuf *b) _must_check_;
void str_buf_done(StrBuf *b);
#define _cleanup_str_buf_ _cleanup_(str_buf_done)
