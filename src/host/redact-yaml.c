// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * Configuration files of a capture keep their lines, since findings name them, and lose comments and
 * the values below `environment:`, where passwords are. This is no YAML reader: it knows block and flow
 * maps, quotes and indentation, which is what such maps are written in.
 */
#include "host/redact.h"

typedef struct Reader {
        StrBuf *out;
        size_t key;   /* indentation of `environment:` */
        size_t child; /* of the lines below it; SIZE_MAX: none yet */
        bool in_block;
        unsigned depth; /* of the flow map that is open; 0: none */
} Reader;

/* Where a quoted scalar ends; one that does not end, ends with the line. */
static size_t quoted_length(const char *p)
{
        size_t n = 1;

        while (p[n] && p[n] != p[0])
                n += p[0] == '"' && p[n] == '\\' && p[n + 1] ? 2 : 1;
        return p[n] ? n + 1 : n;
}

/* The value at `p` up to what ends it in a flow map. */
static size_t flow_value_length(const char *p)
{
        size_t n = 0;

        if (*p == '"' || *p == '\'')
                return quoted_length(p);
        while (p[n] && !strchr(",}", p[n]))
                n++;
        while (n > 0 && p[n - 1] == ' ')
                n--;
        return n;
}

/* References to anchors are no values of their own. */
static void add_value(Reader *r, const char *value, size_t n)
{
        if (n == 0 || *value == '*')
                str_buf_add_n(r->out, value, n);
        else
                str_buf_add(r->out, "redacted");
}

/* Within a flow map; returns what follows its end, or the line's end. */
static const char *redact_flow(Reader *r, const char *p)
{
        while (*p && r->depth > 0) {
                size_t n = *p == '"' || *p == '\'' ? quoted_length(p) : 1;

                r->depth += *p == '{';
                r->depth -= *p == '}';
                str_buf_add_n(r->out, p, n);
                if (*p == ':' || (n > 1 && p[n] == ':')) {
                        size_t space;

                        if (*p != ':')
                                str_buf_add_char(r->out, p[n++]);
                        p += n;
                        space = strspn(p, " ");
                        str_buf_add_n(r->out, p, space);
                        p += space;
                        if (*p == '{')
                                continue;
                        n = flow_value_length(p);
                        add_value(r, p, n);
                }
                p += n;
        }
        return p;
}

/* Where the value begins that follows the first key of a block line; NULL: there is no key. */
static const char *block_value(const char *p)
{
        p += strspn(p, " -");
        if (*p == '"' || *p == '\'')
                p += quoted_length(p);
        p = strchr(p, ':');
        return p ? p + 1 + strspn(p + 1, " ") : NULL;
}

static void redact_block_line(Reader *r, const char *line, size_t indent)
{
        const char *value;

        if (r->child == SIZE_MAX)
                r->child = indent;
        if (indent > r->child)
                return; /* goes on from the line above */
        value = block_value(line);
        if (value && *value && *value != '#') {
                str_buf_add_n(r->out, line, (size_t)(value - line));
                add_value(r, value, strlen(value));
        } else if (value) {
                str_buf_add_n(r->out, line, (size_t)(value - line));
        } else {
                str_buf_fill(r->out, ' ', indent);
                str_buf_add(r->out, "redacted");
        }
}

/* The value of `environment` as a key, in whatever quotes; NULL: it is none. */
static const char *find_environment(const char *line)
{
        static const char key[] = "environment";

        for (const char *p = strstr(line, key); p; p = strstr(p + 1, key)) {
                const char *after = p + sizeof(key) - 1;

                if (p > line && !strchr(" \t{,\"'", p[-1]))
                        continue;
                after += *after == '"' || *after == '\'';
                after += strspn(after, " ");
                if (*after == ':')
                        return after + 1;
        }
        return NULL;
}

static void redact_line(Reader *r, const char *line)
{
        size_t indent = strspn(line, " \t");
        const char *value;

        if (line[indent] == '#') {
                str_buf_add_n(r->out, line, indent + 1);
                return;
        }
        if (r->in_block && line[indent] && indent <= r->key)
                r->in_block = false;
        if (r->in_block && line[indent]) {
                redact_block_line(r, line, indent);
                return;
        }
        value = find_environment(line);
        if (!value) {
                str_buf_add(r->out, line);
                return;
        }
        value += strspn(value, " ");
        str_buf_add_n(r->out, line, (size_t)(value - line));
        if (*value == '{') {
                str_buf_add_char(r->out, *value);
                r->depth = 1;
                str_buf_add(r->out, redact_flow(r, value + 1));
                return;
        }
        r->in_block = true;
        r->key = indent;
        r->child = SIZE_MAX;
        if (*value == '*' || *value == '&')
                str_buf_add(r->out, value);
}

int redact_yaml(Redactor *redactor, const char *text, StrBuf *out)
{
        _cleanup_free_ char *copy = strdup(text);
        _cleanup_str_buf_ StrBuf lines = {};
        Reader r = { .out = &lines };
        char *rest = copy, *line;

        if (!copy)
                return -ENOMEM;
        while ((line = strsep(&rest, "\n"))) {
                if (r.depth > 0)
                        str_buf_add(&lines, redact_flow(&r, line));
                else
                        redact_line(&r, line);
                if (rest)
                        str_buf_add_char(&lines, '\n');
        }
        if (lines.failed)
                return -ENOMEM;
        return redact_text(redactor, str_buf_get(&lines), lines.len, true, out);
}
