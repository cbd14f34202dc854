// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/* Why a file is refused as a whole, and where. */
typedef struct SyntaxError {
        unsigned line, column; /* from 1 */
        char message[160];
        char hint[160]; /* "" when there is none */
} SyntaxError;

void syntax_error_set(SyntaxError *e, unsigned line, unsigned column, const char *message,
                      const char *hint);

/* Is this UTF-8 without NUL and other control characters? -EBADMSG and *ret_error if not. */
int text_check(const char *text, size_t n, SyntaxError *ret_error) _must_check_;

/* YAML takes JSON but for its tabs between words, which become spaces. */
void text_prepare_json(char *text, size_t n);

/* Where a line, counted from 1, begins and ends; false when there are fewer. */
bool text_line(const char *text, size_t n, unsigned line, const char **ret_start, size_t *ret_len);

/* Can all characters be seen, but for those in `also`? Escapes bring in what text_check() refused, and
 * line ends that only YAML 1.1 takes for such. */
bool text_is_visible(const char *s, const char *also);

enum { TEXT_SHOW_MAX = 64 };

/* A word for a message: control characters escaped, what is long cut. */
const char *text_show(const char *s, char buf[static TEXT_SHOW_MAX]);
