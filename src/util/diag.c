// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/diag.h"

#include "util/str.h"

DEFINE_ENUM_TABLE(severity_table, "severity", [SEVERITY_ERROR] = "error",
                  [SEVERITY_WARNING] = "warning", [SEVERITY_INFO] = "info");

DiagItem *diag_add_v(Diag *diag, Severity severity, const char *code, Origin origin,
                     const char *format, va_list ap)
{
        DiagItem item = {
                .severity = severity,
                .code = code,
                .line = origin.line,
                .column = origin.column,
        };

        if (severity == SEVERITY_ERROR)
                diag->n_errors++;
        if (vasprintf(&item.message, format, ap) < 0)
                item.message = NULL;
        if (!item.message || free_and_strdup(&item.file, origin.file) < 0 ||
            !GROW(diag->items, diag->n)) {
                free(item.message);
                free(item.file);
                diag->failed = true;
                return NULL;
        }
        diag->items[diag->n] = item;
        return diag->items + diag->n++;
}

DiagItem *diag_add(Diag *diag, Severity severity, const char *code, Origin origin,
                   const char *format, ...)
{
        DiagItem *item;
        va_list ap;

        va_start(ap, format);
        item = diag_add_v(diag, severity, code, origin, format, ap);
        va_end(ap);
        return item;
}

void diag_hint(DiagItem *item, const char *format, ...)
{
        va_list ap;

        if (!item)
                return;
        va_start(ap, format);
        if (vasprintf(&item->hint, format, ap) < 0)
                item->hint = NULL; /* a remark without its hint is better than none */
        va_end(ap);
}

static int compare_items(const DiagItem *a, const DiagItem *b)
{
        int r = strcmp(a->file ? a->file : "", b->file ? b->file : "");

        if (r)
                return r;
        if (a->line != b->line)
                return a->line < b->line ? -1 : 1;
        if (a->column != b->column)
                return a->column < b->column ? -1 : 1;
        return 0;
}

/* Insertion sort: stable, and the lists come in nearly sorted. */
void diag_sort(Diag *diag)
{
        for (size_t i = 1; i < diag->n; i++) {
                DiagItem item = diag->items[i];
                size_t j = i;

                for (; j > 0 && compare_items(diag->items + j - 1, &item) > 0; j--)
                        diag->items[j] = diag->items[j - 1];
                diag->items[j] = item;
        }
}

void diag_done(Diag *diag)
{
        for (size_t i = 0; i < diag->n; i++) {
                free(diag->items[i].file);
                free(diag->items[i].message);
                free(diag->items[i].hint);
                free(diag->items[i].source);
        }
        free(diag->items);
        *diag = (Diag){};
}

/* The line with a caret below the column. Tabs become one space each, so that the caret is right. */
static void format_source(const DiagItem *item, StrBuf *out)
{
        unsigned caret = item->caret ? item->caret : item->column;

        str_buf_add(out, "    ");
        for (const char *p = item->source; *p; p++)
                str_buf_add_char(out, *p == '\t' ? ' ' : *p);
        str_buf_add(out, "\n    ");
        if (caret > 0) {
                str_buf_fill(out, ' ', caret - 1);
                str_buf_add_char(out, '^');
                if (item->hint)
                        str_buf_add_char(out, ' ');
        }
        if (item->hint)
                str_buf_add(out, item->hint);
        str_buf_add_char(out, '\n');
}

void diag_item_format(const DiagItem *item, StrBuf *out)
{
        if (item->file)
                str_buf_add(out, item->file);
        if (item->file && item->line)
                str_buf_printf(out, ":%u", item->line);
        if (item->file && item->line && item->column)
                str_buf_printf(out, ":%u", item->column);
        str_buf_printf(out, "%s%s: %s\n", item->file ? ": " : "",
                       enum_to_string(&severity_table, (int)item->severity), item->message);
        if (item->source)
                format_source(item, out);
        else if (item->hint)
                str_buf_printf(out, "    %s\n", item->hint);
}
