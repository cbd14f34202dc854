// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/finding.h"

#include "emit/diag.h"

static const struct {
        const char *title, *singular, *plural;
        TextStyle style;
} severities[] = {
        [SEVERITY_ERROR] = { "Errors",   "error",   "errors",   STYLE_BAD  },
        [SEVERITY_WARNING] = { "Warnings", "warning", "warnings", STYLE_WARN },
        [SEVERITY_INFO] = { "Remarks",  "remark",  "remarks",  STYLE_BOLD },
};

static const char *fix_of(const Finding *f)
{
        return f->fix ? f->fix : finding_specs[f->code].fix;
}

/* The remark that the finding was made from. */
static const DiagItem *remark_of(const Finding *f, const Diag *diag)
{
        for (size_t i = 0; diag && f->file && i < diag->n; i++) {
                const DiagItem *item = diag->items + i;

                if (item->line == f->line && streq_ptr(item->file, f->file) &&
                    streq(item->message, f->message))
                        return item;
        }
        return NULL;
}

static void add_place(const Finding *f, const DiagItem *remark, StrBuf *out)
{
        text_add(out, f->file);
        if (f->line)
                str_buf_printf(out, ":%u", f->line);
        if (f->line && remark && remark->column)
                str_buf_printf(out, ":%u", remark->column);
}

/*      SUBJECT  FILE:LINE  [code]
 * A file that is its own subject is said once. */
static void add_head(const Finding *f, const DiagItem *remark, const TextFormat *format,
                     StrBuf *out)
{
        bool subject = f->subject && !streq_ptr(f->subject, f->file);

        str_buf_add(out, "  ");
        if (subject) {
                text_add_styled(out, format, STYLE_BOLD, f->subject);
                str_buf_add(out, "  ");
        }
        if (f->file) {
                text_begin_style(out, format, subject ? STYLE_PLAIN : STYLE_BOLD);
                add_place(f, remark, out);
                text_end_style(out, format, subject ? STYLE_PLAIN : STYLE_BOLD);
                str_buf_add(out, "  ");
        }
        text_begin_style(out, format, STYLE_DIM);
        str_buf_printf(out, "[%s]", finding_specs[f->code].code);
        text_end_style(out, format, STYLE_DIM);
        str_buf_add_char(out, '\n');
}

static void finding_text(const Finding *f, const Diag *diag, const TextFormat *format, StrBuf *out)
{
        const DiagItem *remark = remark_of(f, diag);

        add_head(f, remark, format, out);
        text_paragraph(out, format, 4, "", f->message);
        if (remark && (remark->source || remark->hint))
                diag_source_text(remark, 8, format, out);
        else
                text_paragraph(out, format, 4, "fix: ", fix_of(f));
}

static size_t count(const FindingList *list, Severity severity)
{
        size_t n = 0;

        for (size_t i = 0; i < list->n; i++)
                n += list->items[i].severity == severity;
        return n;
}

void findings_text(const FindingList *list, const Diag *diag, Severity least,
                   const TextFormat *format, StrBuf *out)
{
        bool first = true;

        for (Severity s = SEVERITY_ERROR; s <= least; s++) {
                if (count(list, s) == 0)
                        continue;
                str_buf_add(out, first ? "" : "\n");
                text_add_styled(out, format, severities[s].style, severities[s].title);
                str_buf_add_char(out, '\n');
                for (size_t i = 0; i < list->n; i++)
                        if (list->items[i].severity == s)
                                finding_text(list->items + i, diag, format, out);
                first = false;
        }
}

void findings_counts(const FindingList *list, StrBuf *out)
{
        bool first = true;

        for (Severity s = SEVERITY_ERROR; s <= SEVERITY_INFO; s++) {
                size_t n = count(list, s);

                if (n == 0)
                        continue;
                str_buf_add(out, first ? "" : ", ");
                text_count(out, n, severities[s].singular, severities[s].plural);
                first = false;
        }
        if (first)
                str_buf_add(out, "nothing wrong");
}

static Json *finding_json(const Finding *f)
{
        Json *object = json_map();

        json_put(&object, "code", json_text(finding_specs[f->code].code));
        json_put(&object, "severity", json_text(enum_to_string(&severity_table, (int)f->severity)));
        json_put(&object, "subject", json_text(f->subject));
        json_put(&object, "message", json_text(f->message));
        json_put(&object, "fix", json_text(fix_of(f)));
        json_put(&object, "file", json_text(f->file));
        json_put(&object, "line", f->line ? json_number(f->line) : json_nothing());
        return object;
}

Json *findings_json(const FindingList *list, Severity least)
{
        Json *array = json_list();

        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].severity <= least)
                        json_add(&array, finding_json(list->items + i));
        return array;
}
