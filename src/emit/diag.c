// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/diag.h"

#include <string.h>

#include "util/str.h"

enum { INDENT = 4 };

static const TextStyle styles[] = {
        [SEVERITY_ERROR] = STYLE_BAD,
        [SEVERITY_WARNING] = STYLE_WARN,
        [SEVERITY_INFO] = STYLE_BOLD,
};

/* Bytes of the first `n` characters. */
static size_t prefix_length(const char *s, size_t n)
{
        const char *p = s;

        for (; *p && n > 0; n--)
                do
                        p++;
                while (((unsigned char)*p & 0xc0) == 0x80);
        return (size_t)(p - s);
}

/* Tabs become one space each, so that the caret stands right. */
static char *without_tabs(const char *source)
{
        char *line = strdup(source);

        for (char *p = line; p && *p; p++)
                if (*p == '\t')
                        *p = ' ';
        return line;
}

void diag_source_text(const DiagItem *item, size_t indent, const TextFormat *format, StrBuf *out)
{
        unsigned caret = item->caret ? item->caret : item->column;
        _cleanup_free_ char *line = NULL;

        if (item->source) {
                line = without_tabs(item->source);
                if (!line) {
                        out->failed = true;
                        return;
                }
                str_buf_fill(out, ' ', indent);
                text_add(out, line);
                str_buf_add_char(out, '\n');
        }
        if (!item->hint && (!line || caret == 0))
                return;
        str_buf_fill(out, ' ', indent);
        if (line && caret > 0) {
                line[prefix_length(line, caret - 1)] = '\0';
                str_buf_fill(out, ' ', text_width(line));
                text_add_styled(out, format, STYLE_GOOD, item->hint ? "^ " : "^");
        }
        text_add(out, item->hint ? item->hint : "");
        str_buf_add_char(out, '\n');
}

static void item_text(const DiagItem *item, const TextFormat *format, StrBuf *out)
{
        if (item->file) {
                text_begin_style(out, format, STYLE_BOLD);
                text_add(out, item->file);
                if (item->line)
                        str_buf_printf(out, ":%u", item->line);
                if (item->line && item->column)
                        str_buf_printf(out, ":%u", item->column);
                text_end_style(out, format, STYLE_BOLD);
                str_buf_add(out, ": ");
        }
        text_add_styled(out, format, styles[item->severity],
                        enum_to_string(&severity_table, (int)item->severity));
        str_buf_add(out, ": ");
        text_add(out, item->message);
        str_buf_add_char(out, '\n');
        diag_source_text(item, INDENT, format, out);
}

void diag_text(const Diag *diag, Severity least, const TextFormat *format, StrBuf *out)
{
        for (size_t i = 0; i < diag->n; i++)
                if (diag->items[i].severity <= least)
                        item_text(diag->items + i, format, out);
}
