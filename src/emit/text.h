// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"

/* How text is to look. Where nobody looks (a pipe, a file) nothing is cut, wrapped or coloured. */
typedef struct TextFormat {
        unsigned width; /* columns; 0: lines are as long as they are */
        bool color;
        bool unicode;
        bool legend; /* titles of columns */
        bool hints;  /* closing lines, what to type next */
} TextFormat;

typedef enum TextStyle {
        STYLE_PLAIN,
        STYLE_BOLD,
        STYLE_DIM,
        STYLE_GOOD,
        STYLE_WARN,
        STYLE_BAD,
        STYLE_TITLE,
        _STYLE_MAX,
} TextStyle;

/*
 * The one writer of text that comes from files or from sysfs. Control characters, what steers the
 * direction of text, and bytes that are no UTF-8 come out as \n, \t or \xNN, so that a name can
 * neither move a terminal's cursor nor pass for another one.
 */
void text_add(StrBuf *out, const char *s);
void text_addf(StrBuf *out, const char *format, ...) _printf_(2, 3);

/* Decodes one character of UTF-8; returns its length, or 0 where no well-formed one begins. */
size_t text_decode(const char *s, uint32_t *ret);

/* Columns that text_add() fills. */
size_t text_width(const char *s);

/* At most `columns`; what was cut is an ellipsis. */
void text_add_cut(StrBuf *out, const TextFormat *format, const char *s, size_t columns);

void text_add_styled(StrBuf *out, const TextFormat *format, TextStyle style, const char *s);
void text_begin_style(StrBuf *out, const TextFormat *format, TextStyle style);
void text_end_style(StrBuf *out, const TextFormat *format, TextStyle style);

/* A line, or a paragraph where it is too long for one, ended by a newline. `label` stands in front of
 * the first line, which begins at column `indent`, and the text of all lines stands beside it. */
void text_paragraph(StrBuf *out, const TextFormat *format, size_t indent, const char *label,
                    const char *s);

/* Text of several lines, each indented; a line that is not ended is ended. */
void text_add_lines(StrBuf *out, size_t indent, const char *s);

/* "1 error", "2 errors" */
void text_count(StrBuf *out, size_t n, const char *singular, const char *plural);
