// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/text.h"

typedef struct TableColumn {
        const char *title;
        unsigned least; /* columns it may be cut down to; 0: it is never cut */
        bool right;     /* numbers */
        bool optional;  /* left out where every cell is empty */
} TableColumn;

typedef struct TableCell {
        char *text;
        TextStyle style;
        bool heading; /* fills its row */
} TableCell;

/* Cells are added from left to right, row by row. A failed allocation sticks. */
typedef struct Table {
        const TableColumn *columns;
        size_t n_columns;
        TableCell *cells;
        size_t n_cells;
        bool failed;
} Table;

#define TABLE(columns_) ((Table){ .columns = (columns_), .n_columns = ARRAY_SIZE(columns_) })

void table_add(Table *table, TextStyle style, const char *text); /* NULL: empty */
void table_addf(Table *table, TextStyle style, const char *format, ...) _printf_(3, 4);
void table_add_heading(Table *table, TextStyle style, const char *text); /* a row of its own */

/* Each line begins with `indent` spaces. Titles only with a legend, cut only to fit. */
void table_render(const Table *table, const TextFormat *format, size_t indent, StrBuf *out);
void table_done(Table *table);
#define _cleanup_table_ _cleanup_(table_done)
