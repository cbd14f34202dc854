// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/source.h"

#include "config/hierarchy.h"
#include "config/text.h"

enum { MAX_WIDTH = 120, BEFORE = 60 };

static size_t step(const char *p, const char *end)
{
        size_t n = 1;

        while (p + n < end && ((unsigned char)p[n] >> 6) == 2)
                n++;
        return n;
}

static size_t width_of(const char *p, const char *end)
{
        size_t width = 0;

        for (; p < end; p += step(p, end))
                width++;
        return width;
}

/* Control characters and broken UTF-8 must not reach a terminal. */
static void add_clean(StrBuf *b, const char *p, size_t n)
{
        SyntaxError error;

        if (*p == '\t' || text_check(p, n, &error) < 0)
                str_buf_add_char(b, *p == '\t' ? ' ' : '?');
        else
                str_buf_add_n(b, p, n);
}

/* What of the line is near the place, and where in that the place is. */
static void take_line(DiagItem *item, const char *line, size_t len)
{
        const char *end = line + len;
        bool cut_start = false, cut_end = false;
        size_t skip = 0, shown;
        StrBuf b = {};

        if (width_of(line, end) > MAX_WIDTH) {
                if (item->column > BEFORE) {
                        skip = item->column - BEFORE;
                        cut_start = true;
                }
                for (size_t i = 0; i < skip && line < end; i++)
                        line += step(line, end);
                cut_end = width_of(line, end) > MAX_WIDTH;
        }
        if (cut_start)
                str_buf_add(&b, "…");
        for (shown = 0; line < end && (!cut_end || shown < MAX_WIDTH); shown++) {
                size_t n = step(line, end);

                add_clean(&b, line, n);
                line += n;
        }
        if (cut_end)
                str_buf_add(&b, "…");
        item->caret = cut_start ? item->column - (unsigned)skip + 1 : 0;
        item->source = str_buf_take(&b);
}

void diag_add_sources(Diag *diag, size_t first, Root *root)
{
        _cleanup_free_ char *text = NULL;
        const char *file = NULL;
        size_t n = 0;

        for (size_t i = first; i < diag->n; i++) {
                DiagItem *item = diag->items + i;
                const char *line;
                size_t len;

                if (item->source || !item->file || item->line == 0)
                        continue;
                if (!file || !streq(file, item->file)) {
                        free(TAKE_PTR(text));
                        file = item->file;
                        if (root_read_file(root, file + 1, CONFIG_MAX_SIZE, &text, &n) < 0)
                                text = NULL; /* a remark without its line is better than none */
                }
                if (text && text_line(text, n, item->line, &line, &len))
                        take_line(item, line, len);
        }
}
