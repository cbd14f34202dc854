// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/record.h"

#include "util/str.h"

static const struct {
        const char *word;
        size_t least, most; /* fields */
} kinds[] = {
        [RECORD_FILE] = { "file",      5, 5             },
          [RECORD_RUN] = { "run",       1, RECORD_FIELDS },
        [RECORD_RAN] = { "ran",       1, RECORD_FIELDS },
          [RECORD_FUNCTION] = { "function",  4, 4             },
        [RECORD_ATTRIBUTE] = { "attribute", 3, 3             },
          [RECORD_UNDONE] = { "undone",    1, 1             },
};

static void add_field(const char *s, StrBuf *out)
{
        str_buf_add(out, s ? " \"" : " -");
        for (; s && *s; s++) {
                unsigned char c = (unsigned char)*s;

                if (c == '\n')
                        str_buf_add(out, "\\n");
                else if (c == '\\' || c == '"')
                        str_buf_printf(out, "\\%c", c);
                else if (c < ' ' || c >= 0x7f)
                        str_buf_printf(out, "\\x%02x", c);
                else
                        str_buf_add_char(out, (char)c);
        }
        if (s)
                str_buf_add_char(out, '"');
}

void record_format(RecordKind kind, const char *const fields[], size_t n, StrBuf *out)
{
        assert(n >= kinds[kind].least && n <= kinds[kind].most);
        str_buf_add(out, kinds[kind].word);
        for (size_t i = 0; i < n; i++)
                add_field(fields[i], out);
        str_buf_add_char(out, '\n');
}

static int hex_digit(char c)
{
        if (ascii_isdigit(c))
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What follows a backslash; returns how long that is, 0 where it makes no sense. */
static size_t parse_escape(const char *p, char *ret)
{
        int high, low;

        if (p[0] == 'n' || p[0] == '\\' || p[0] == '"') {
                *ret = p[0] == 'n' ? '\n' : p[0];
                return 1;
        }
        if (p[0] != 'x' || (high = hex_digit(p[1])) < 0 || (low = hex_digit(p[2])) < 0)
                return 0;
        *ret = (char)(high << 4 | low);
        return *ret ? 3 : 0; /* no text of ours has a NUL */
}

/* Moves *p behind the closing quote. */
static int parse_quoted(const char **p, char **ret)
{
        _cleanup_str_buf_ StrBuf text = {};

        for ((*p)++; **p != '"'; (*p)++) {
                char c = **p;

                if ((unsigned char)c < ' ')
                        return -EBADMSG;
                if (c == '\\') {
                        size_t n = parse_escape(*p + 1, &c);

                        if (n == 0)
                                return -EBADMSG;
                        *p += n;
                }
                str_buf_add_char(&text, c);
        }
        (*p)++;
        *ret = str_buf_take(&text);
        return *ret ? 0 : -ENOMEM;
}

static int parse_field(const char **p, Record *record)
{
        if (record->n == RECORD_FIELDS || *(*p)++ != ' ')
                return -EBADMSG;
        if (**p == '-') {
                (*p)++;
                record->fields[record->n++] = NULL;
                return 0;
        }
        if (**p != '"')
                return -EBADMSG;
        return parse_quoted(p, record->fields + record->n++);
}

static int parse_word(const char *line, size_t n, RecordKind *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strlen(kinds[i].word) == n && strncmp(kinds[i].word, line, n) == 0) {
                        *ret = (RecordKind)i;
                        return 0;
                }
        return -EBADMSG;
}

int record_parse(const char *line, Record *ret)
{
        _cleanup_record_ Record record = {};
        const char *p = line + strcspn(line, " ");
        int r = parse_word(line, (size_t)(p - line), &record.kind);

        while (r >= 0 && *p)
                r = parse_field(&p, &record);
        if (r < 0)
                return r;
        /* The first field names what the line is about. */
        if (record.n < kinds[record.kind].least || record.n > kinds[record.kind].most ||
            !record.fields[0])
                return -EBADMSG;
        *ret = TAKE_GENERIC(record, (Record){});
        return 0;
}

void record_done(Record *record)
{
        for (size_t i = 0; i < record->n; i++)
                free(record->fields[i]);
        *record = (Record){};
}
