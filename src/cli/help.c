// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/help.h"

#include "emit/table.h"

static const TableColumn two_columns[] = { { .title = "" }, { .title = "" } };

/* Prose is for people, wherever it goes. */
static TextFormat prose(const TextFormat *format)
{
        TextFormat f = *format;

        f.legend = false;
        f.width = f.width > 0 ? f.width : 80;
        return f;
}

static void add_group(const TextFormat *format, VerbGroup group, StrBuf *out)
{
        text_add_styled(out, format, STYLE_BOLD, verb_group_titles[group]);
        str_buf_add_char(out, '\n');
        for (size_t i = 0; i < n_verbs; i++) {
                const Verb *v = verbs + i;
                _cleanup_str_buf_ StrBuf label = {};

                if (v->group != group || v->hidden)
                        continue;
                str_buf_printf(&label, "%s %s", v->name, v->arguments);
                str_buf_fill(&label, ' ', label.len < 22 ? 22 - label.len : 1);
                out->failed |= label.failed;
                text_paragraph(out, format, 2, str_buf_get(&label), v->help);
        }
}

void help_verbs(const TextFormat *given, StrBuf *out)
{
        TextFormat page = prose(given), *format = &page;

        for (VerbGroup g = 0; g < _VERB_GROUP_MAX; g++) {
                str_buf_add(out, g > 0 ? "\n" : "");
                add_group(format, g, out);
        }
}

static void option_label(const OptionSpec *spec, StrBuf *out)
{
        if (spec->letter)
                str_buf_printf(out, "-%c, ", spec->letter);
        str_buf_printf(out, "--%s", spec->name);
        if (spec->value)
                str_buf_printf(out, spec->by_default ? "[=%s]" : "=%s", spec->value);
}

/* Those of the verb, or those of all. */
static void add_options(const TextFormat *format, const Verb *verb, bool own, StrBuf *out)
{
        _cleanup_table_ Table table = TABLE(two_columns);

        for (OptionId id = 0; id < _OPTION_MAX; id++) {
                _cleanup_str_buf_ StrBuf label = {};

                if (option_specs[id].own != own || !option_fits(id, verb))
                        continue;
                option_label(option_specs + id, &label);
                table.failed |= label.failed;
                table_add(&table, STYLE_PLAIN, str_buf_get(&label));
                table_add(&table, STYLE_PLAIN, option_specs[id].help);
        }
        if (table.n_cells == 0)
                return;
        str_buf_add_char(out, '\n');
        text_add_styled(out, format, STYLE_BOLD, own ? "Options" : "Options of every verb");
        str_buf_add_char(out, '\n');
        table_render(&table, format, 2, out);
}

void help_overview(const TextFormat *given, StrBuf *out)
{
        TextFormat page = prose(given), *format = &page;

        str_buf_add(out, "gpuhost [OPTION...] VERB [ARGUMENT...]\n\n");
        text_paragraph(out, format, 0, "",
                       "Says which GPU of this machine goes where, as the files below /etc/gpuhost "
                       "declare it.");
        str_buf_add_char(out, '\n');
        help_verbs(format, out);
        add_options(format, NULL, false, out);
        str_buf_add(out,
                    "\nExit status: 0 done, 1 failed or an error found, 2 wrong usage or a wrong "
                    "file,\n3 there are changes to make (plan). See gpuhost(1) and "
                    "gpuhost.yaml(5).\n");
}

void help_verb(const Verb *verb, const TextFormat *given, StrBuf *out)
{
        TextFormat page = prose(given), *format = &page;

        str_buf_printf(out, "gpuhost %s [OPTION...]%s%s\n\n", verb->name,
                       *verb->arguments ? " " : "", verb->arguments);
        text_paragraph(out, format, 0, "", verb->details);
        add_options(format, verb, true, out);
        add_options(format, verb, false, out);
}
