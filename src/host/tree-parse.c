// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits.h>

#include "host/tree-internal.h"
#include "util/parse.h"
#include "util/str.h"

enum {
        MAX_DATA = 4 * 1024 * 1024, /* of one entry */
        MAX_NAME = 255,
        MAX_ERRORS = 20, /* a file that is something else altogether is not told line by line */
};

/* The reader's place in a line. `at` stays where the trouble is. */
typedef struct Line {
        const char *text, *at, *end;
        unsigned number;
        const char *file, *trouble;
} Line;

static bool fail(Line *line, const char *trouble)
{
        if (!line->trouble)
                line->trouble = trouble;
        return false;
}

static bool expect(Line *line, const char *word, const char *trouble)
{
        size_t n = strlen(word);

        if ((size_t)(line->end - line->at) < n || memcmp(line->at, word, n) != 0)
                return fail(line, trouble);
        line->at += n;
        return true;
}

static bool read_byte(Line *line, StrBuf *out)
{
        char digits[3] = {};
        uint64_t value;

        if (line->end - line->at < 2)
                return fail(line, "not two hexadecimal digits");
        memcpy(digits, line->at, 2);
        if (!digits[1] || parse_hex(digits, 2, &value) < 0)
                return fail(line, "not two hexadecimal digits");
        str_buf_add_char(out, (char)value);
        line->at += 2;
        return true;
}

static bool read_escape(Line *line, StrBuf *out)
{
        char c = line->end - line->at > 1 ? line->at[1] : '\0';

        for (const TreeEscape *e = tree_escapes; e->plain; e++)
                if (c == e->escaped) {
                        str_buf_add_char(out, e->plain);
                        line->at += 2;
                        return true;
                }
        if (c != 'x')
                return fail(line, "an unknown escape; known are \\n \\t \\\\ \\\" \\xNN");
        line->at += 2;
        return read_byte(line, out);
}

/* Text up to `stop` (or the line's end where that is NUL), escapes resolved. */
static bool read_text(Line *line, char stop, size_t max, StrBuf *out)
{
        while (line->at < line->end && (*line->at != stop || !stop)) {
                if (out->len >= max)
                        return fail(line, "too long");
                if ((unsigned char)*line->at < ' ' || *line->at == 0x7f)
                        return fail(line, "a control character, which must be escaped");
                if (*line->at != '\\')
                        str_buf_add_char(out, *line->at++);
                else if (!read_escape(line, out))
                        return false;
        }
        return true;
}

static const char *path_trouble(const char *path, size_t n)
{
        if (strlen(path) != n)
                return "a path with a NUL";
        if (path[0] == '/')
                return "an absolute path";
        for (const char *p = path;; p++) {
                size_t name = strcspn(p, "/");

                if (name == 0)
                        return "an empty part of a path";
                if (name > MAX_NAME)
                        return "a name that is too long";
                if (strncmp(p, ".", name) == 0 || strncmp(p, "..", name) == 0)
                        return "a path with '.' or '..'";
                p += name;
                if (!*p)
                        return NULL;
        }
}

static bool read_path(Line *line, char **ret)
{
        const char *begin = line->at, *trouble;
        _cleanup_str_buf_ StrBuf path = {};
        size_t n;

        if (!read_text(line, ' ', PATH_MAX - 1, &path))
                return false;
        n = path.len;
        *ret = str_buf_take(&path);
        if (!*ret)
                return fail(line, "memory is short");
        trouble = path_trouble(*ret, n);
        if (!trouble)
                return true;
        line->at = begin;
        return fail(line, trouble);
}

static bool read_mode(Line *line, unsigned *ret)
{
        unsigned mode = 0;

        for (unsigned i = 0; i < 4; i++, line->at++) {
                if (line->at == line->end || *line->at < '0' || *line->at > '7')
                        return fail(line, "not a mode of four octal digits");
                mode = mode * 8 + (unsigned)(*line->at - '0');
        }
        if (mode > 0777)
                return fail(line, "a mode above 0777");
        *ret = mode;
        return expect(line, " ", "no space after the mode");
}

static bool read_hex(Line *line, StrBuf *out)
{
        while (line->at < line->end) {
                if (out->len >= MAX_DATA)
                        return fail(line, "too long");
                if (!read_byte(line, out))
                        return false;
        }
        return true;
}

static bool read_data(Line *line, char kind, StrBuf *data)
{
        if (kind == 'l')
                return expect(line, "-> ", "no '-> ' after the path") &&
                       read_text(line, '\0', PATH_MAX - 1, data) &&
                       (data->len > 0 || fail(line, "a link to nowhere")) &&
                       (strlen(str_buf_get(data)) == data->len || fail(line, "a NUL in a link"));
        if (kind == 'f')
                return expect(line, "\"", "no quote before the text") &&
                       read_text(line, '"', MAX_DATA, data) &&
                       expect(line, "\"", "no quote after the text");
        return kind == 'd' || read_hex(line, data);
}

static bool read_entry(Line *line, TreeEntry *entry)
{
        char kind = line->at < line->end ? *line->at : '\0';
        _cleanup_str_buf_ StrBuf data = {};

        if (!kind || !strchr("dlfb", kind))
                return fail(line, "not an entry: d, l, f or b is expected");
        entry->kind = kind == 'd' ? TREE_DIR : kind == 'l' ? TREE_LINK : TREE_FILE;
        line->at++;
        if (!expect(line, " ", "no space after the kind") || !read_path(line, &entry->path))
                return false;
        if (kind != 'd' && !expect(line, " ", "nothing follows the path"))
                return false;
        if (entry->kind == TREE_FILE && !read_mode(line, &entry->mode))
                return false;
        if (!read_data(line, kind, &data))
                return false;
        if (line->at < line->end)
                return fail(line, "more than an entry");
        entry->size = data.len;
        entry->data = str_buf_take(&data);
        return entry->data || fail(line, "memory is short");
}

/* The columns of a diagnosis count characters from 1, and the line is shown as it is. */
static void report(const Line *line, Diag *diag)
{
        Origin where = {
                .file = line->file,
                .line = line->number,
                .column = (unsigned)(line->at - line->text) + 1,
        };
        DiagItem *item =
                diag_add(diag, SEVERITY_ERROR, "config-syntax", where, "%s", line->trouble);

        if (item)
                item->source = strndup(line->text, (size_t)(line->end - line->text));
}

static int parse_line(Line *line, Diag *diag, Tree *tree)
{
        const char *last = tree->n ? tree->items[tree->n - 1].path : NULL;
        TreeEntry entry = {};
        int order;

        if (read_entry(line, &entry)) {
                order = last ? strcmp(entry.path, last) : 1;
                line->at = line->text + 2;
                if (order > 0)
                        return tree_take(tree, &entry);
                fail(line, order == 0 ? "a path that stands above already"
                                      : "a path that sorts before the one above");
        }
        report(line, diag);
        tree_entry_done(&entry);
        return 0;
}

/* Nothing may hang below a file or a link: unpacked, it would land elsewhere. */
static const TreeEntry *blocked_by(const Tree *tree, const char *path)
{
        char parent[PATH_MAX];

        for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
                const TreeEntry *above;

                memcpy(parent, path, (size_t)(p - path));
                parent[p - path] = '\0';
                above = tree_find(tree, parent);
                if (above && above->kind != TREE_DIR)
                        return above;
        }
        return NULL;
}

static void check_parents(const Tree *tree, const char *file, Diag *diag)
{
        for (size_t i = 0; i < tree->n; i++)
                if (blocked_by(tree, tree->items[i].path))
                        diag_add(diag, SEVERITY_ERROR, "config-syntax",
                                 (Origin){ .file = file, .line = (unsigned)i + 1, .column = 3 },
                                 "%s stands below a file or a link", tree->items[i].path);
}

static int parse_lines(const char *file, const char *text, size_t size, Diag *diag, Tree *tree)
{
        Line line = { .file = file };

        for (const char *p = text, *end = text + size; p < end && diag->n_errors < MAX_ERRORS;
             p = line.end + 1) {
                const char *newline = memchr(p, '\n', (size_t)(end - p));
                int r;

                line = (Line){
                        .file = file,
                        .text = p,
                        .at = p,
                        .end = newline ? newline : end,
                        .number = line.number + 1,
                };
                r = parse_line(&line, diag, tree);
                if (r < 0)
                        return r;
        }
        return 0;
}

int tree_parse(const char *file, const char *text, size_t size, Diag *diag, Tree *ret)
{
        size_t errors = diag->n_errors;
        _cleanup_tree_ Tree tree = {};
        int r = parse_lines(file, text, size, diag, &tree);

        if (r < 0)
                return r;
        if (diag->n_errors == errors)
                check_parents(&tree, file, diag);
        if (diag->failed)
                return -ENOMEM;
        if (diag->n_errors > errors)
                return -EINVAL;
        *ret = tree;
        tree = (Tree){};
        return 0;
}
