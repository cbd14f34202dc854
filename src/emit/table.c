// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/table.h"

#include <stdarg.h>

#include "util/str.h"

enum { GAP = 2, MAX_COLUMNS = 16 };

static void take(Table *table, TextStyle style, char *text)
{
        if (!text || !GROW(table->cells, table->n_cells)) {
                free(text);
                table->failed = true;
                return;
        }
        table->cells[table->n_cells++] = (TableCell){ .text = text, .style = style };
}

void table_add(Table *table, TextStyle style, const char *text)
{
        take(table, style, strdup(text ? text : ""));
}

void table_addf(Table *table, TextStyle style, const char *format, ...)
{
        char *text;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        take(table, style, text);
}

void table_add_heading(Table *table, TextStyle style, const char *text)
{
        size_t at = table->n_cells;

        table_add(table, style, text);
        for (size_t i = 1; i < table->n_columns; i++)
                table_add(table, STYLE_PLAIN, NULL);
        if (!table->failed)
                table->cells[at].heading = true;
}

void table_done(Table *table)
{
        for (size_t i = 0; i < table->n_cells; i++)
                free(table->cells[i].text);
        free(table->cells);
        *table = (Table){};
}

typedef struct Layout {
        size_t widths[MAX_COLUMNS];
        bool shown[MAX_COLUMNS];
} Layout;

static void measure(const Table *table, const TextFormat *format, Layout *layout)
{
        for (size_t c = 0; c < table->n_columns; c++) {
                const TableColumn *column = table->columns + c;

                layout->shown[c] = !column->optional;
                for (size_t i = c; i < table->n_cells; i += table->n_columns) {
                        size_t n = text_width(table->cells[i].text);

                        if (table->cells[i].heading)
                                continue;
                        layout->shown[c] |= n > 0;
                        layout->widths[c] = n > layout->widths[c] ? n : layout->widths[c];
                }
                if (format->legend && strlen(column->title) > layout->widths[c])
                        layout->widths[c] = strlen(column->title);
        }
}

static size_t total_width(const Table *table, const Layout *layout, size_t indent)
{
        size_t total = indent, shown = 0;

        for (size_t c = 0; c < table->n_columns; c++)
                if (layout->shown[c])
                        total += layout->widths[c] + (shown++ ? GAP : 0);
        return total;
}

/* The widest column that may still be cut. */
static size_t *widest(const Table *table, Layout *layout)
{
        size_t *found = NULL;

        for (size_t c = 0; c < table->n_columns; c++) {
                unsigned least = table->columns[c].least;

                if (layout->shown[c] && least > 0 && layout->widths[c] > least &&
                    (!found || layout->widths[c] > *found))
                        found = layout->widths + c;
        }
        return found;
}

static void shrink(const Table *table, const TextFormat *format, size_t indent, Layout *layout)
{
        size_t total = total_width(table, layout, indent), *column;

        if (format->width == 0)
                return;
        for (; total > format->width; total--) {
                column = widest(table, layout);
                if (!column)
                        return;
                --*column;
        }
}

/* Ends what is open on the line with the spaces that are due, and no others: no line ends in one. */
static void add_cell(const TextFormat *format, size_t width, bool right, TextStyle style,
                     const char *text, size_t *pending, StrBuf *out)
{
        size_t used = text_width(text);
        size_t left = width > used ? width - used : 0;

        if (*text) {
                str_buf_fill(out, ' ', *pending + (right ? left : 0));
                text_begin_style(out, format, style);
                text_add_cut(out, format, text, width);
                text_end_style(out, format, style);
                *pending = right ? GAP : left + GAP;
                return;
        }
        *pending += width + GAP;
}

static void add_titles(const Table *table, const TextFormat *format, const Layout *layout,
                       size_t indent, StrBuf *out)
{
        size_t pending = indent;

        for (size_t c = 0; c < table->n_columns; c++)
                if (layout->shown[c])
                        add_cell(format, layout->widths[c], table->columns[c].right, STYLE_TITLE,
                                 table->columns[c].title, &pending, out);
        str_buf_add_char(out, '\n');
}

static void add_row(const Table *table, const TextFormat *format, const Layout *layout,
                    size_t indent, const TableCell *cells, StrBuf *out)
{
        size_t pending = indent;

        for (size_t c = 0; c < table->n_columns; c++)
                if (layout->shown[c])
                        add_cell(format, layout->widths[c], table->columns[c].right, cells[c].style,
                                 cells[c].text, &pending, out);
        str_buf_add_char(out, '\n');
}

static void add_heading(const TextFormat *format, size_t indent, const TableCell *cell, StrBuf *out)
{
        size_t width = format->width > indent ? format->width - indent : SIZE_MAX, pending = indent;

        add_cell(format, width, false, cell->style, cell->text, &pending, out);
        str_buf_add_char(out, '\n');
}

void table_render(const Table *table, const TextFormat *format, size_t indent, StrBuf *out)
{
        Layout layout = {};

        assert(table->n_columns <= MAX_COLUMNS);
        if (table->failed) {
                out->failed = true;
                return;
        }
        measure(table, format, &layout);
        shrink(table, format, indent, &layout);
        if (format->legend)
                add_titles(table, format, &layout, indent, out);
        for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns)
                if (table->cells[i].heading)
                        add_heading(format, indent, table->cells + i, out);
                else
                        add_row(table, format, &layout, indent, table->cells + i, out);
}
