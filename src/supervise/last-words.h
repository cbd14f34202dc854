// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"

/* The last lines that a program has written, and each line as it comes. Long ones are cut short, and the
 * rest of a line that has no end is not kept. */
enum { LAST_WORDS_LINES = 4, LAST_WORDS_LINE_MAX = 400 };

typedef struct LastWords {
        char lines[LAST_WORDS_LINES][LAST_WORDS_LINE_MAX];
        size_t n;      /* lines seen so far */
        size_t length; /* of the one that is being written */
} LastWords;

typedef void (*LastWordsLine)(void *userdata, const char *line);

void last_words_add(LastWords *words, const char *data, size_t n, LastWordsLine line,
                    void *userdata);

/* A line that was not ended counts as one. */
void last_words_end(LastWords *words, LastWordsLine line, void *userdata);

/* The lines, with " / " between them; nothing where nothing was said. */
void last_words_join(const LastWords *words, StrBuf *out);
