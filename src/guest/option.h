// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * The one writer of QEMU's options. A value ends at a comma, so commas in it are doubled; nothing else
 * is special in one. Those that are JSON have their own quoting. What a line cannot show is refused: no path, tag or argument of ours has a control
 * character, and a log that tells the command line would be forged by one.
 *
 * Failures stick: the first stays in `error`, and what follows does nothing. So one look at the end does.
 */

#include "util/buf.h"
#include "util/str.h"

typedef struct Words {
        StrList list;
        int error; /* 0, or the first failure */
} Words;

void words_done(Words *words);
#define _cleanup_words_ _cleanup_(words_done)

/* Notes a failure; the first counts. */
void words_fail(Words *words, int error);

/* A word of our own. */
void words_add_word(Words *words, const char *word);

/* An option whose argument is a text as it is: -append, -kernel. */
void words_add_text(Words *words, const char *option, const char *text);

typedef struct Option {
        Words *words;
        StrBuf value;
        bool json;
        const char *inside; /* the map that it is in, where it is no JSON; NULL: none */
} Option;

/* `-device pcie-root-port,…`: the part without a key, where a comma has no meaning but to end it; NULL where
 * there is none. */
Option option_begin(Words *words, const char *name, const char *first);
/* The same where QEMU takes JSON as well. That alone can say null. */
Option option_begin_json(Words *words, const char *name);
void option_text(Option *option, const char *key, const char *value);
void option_format(Option *option, const char *key, const char *format, ...) _printf_(3, 4);
void option_number(Option *option, const char *key, uint64_t value);
void option_switch(Option *option, const char *key, bool on);
void option_null(Option *option, const char *key); /* JSON alone */

/* What follows is in a map of that name; one in another needs JSON. */
void option_open(Option *option, const char *key);
void option_close(Option *option);
void option_end(Option *option);
