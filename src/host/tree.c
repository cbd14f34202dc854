// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/tree.h"

#include "host/tree-internal.h"
#include "util/str.h"

const TreeEscape tree_escapes[] = {
        { '\n', 'n' },
        { '\t', 't' },
        { '\\', '\\' },
        { '"', '"' },
        {},
};

void tree_entry_done(TreeEntry *entry)
{
        free(entry->path);
        free(entry->data);
        *entry = (TreeEntry){};
}

int tree_take(Tree *tree, TreeEntry *entry)
{
        if (!GROW(tree->items, tree->n)) {
                tree_entry_done(entry);
                return -ENOMEM;
        }
        tree->items[tree->n++] = *entry;
        *entry = (TreeEntry){};
        return 0;
}

int tree_add(Tree *tree, TreeKind kind, const char *path, unsigned mode, const char *data,
             size_t size)
{
        TreeEntry entry = {
                .kind = kind,
                .mode = mode,
                .path = strdup(path),
                .data = malloc(size + 1),
                .size = size,
        };

        if (!entry.path || !entry.data) {
                tree_entry_done(&entry);
                return -ENOMEM;
        }
        if (size > 0)
                memcpy(entry.data, data, size);
        entry.data[size] = '\0';
        return tree_take(tree, &entry);
}

static int compare_entries(const void *a, const void *b)
{
        return strcmp(((const TreeEntry *)a)->path, ((const TreeEntry *)b)->path);
}

void tree_sort(Tree *tree)
{
        if (tree->n > 1)
                qsort(tree->items, tree->n, sizeof(TreeEntry), compare_entries);
}

const TreeEntry *tree_find(const Tree *tree, const char *path)
{
        TreeEntry key = { .path = (char *)path };

        return tree->n ? bsearch(&key, tree->items, tree->n, sizeof(TreeEntry), compare_entries)
                       : NULL;
}

void tree_done(Tree *tree)
{
        for (size_t i = 0; i < tree->n; i++)
                tree_entry_done(tree->items + i);
        free(tree->items);
        *tree = (Tree){};
}

static bool needs_hex(char c)
{
        return (unsigned char)c < ' ' || (unsigned char)c >= 0x7f;
}

/* `special` are characters that may not stand as they are; those without a short escape become \xNN. */
static void format_text(StrBuf *out, const char *text, size_t n, const char *special)
{
        for (size_t i = 0; i < n; i++) {
                const TreeEscape *e = tree_escapes;

                if (!needs_hex(text[i]) && !strchr(special, text[i])) {
                        str_buf_add_char(out, text[i]);
                        continue;
                }
                while (e->plain && e->plain != text[i])
                        e++;
                if (e->plain)
                        str_buf_printf(out, "\\%c", e->escaped);
                else
                        str_buf_printf(out, "\\x%02x", (unsigned char)text[i]);
        }
}

/* What is mostly unprintable is easier to read as hexadecimal digits. */
static bool is_binary(const char *data, size_t n)
{
        size_t unprintable = 0;

        for (size_t i = 0; i < n; i++)
                unprintable += needs_hex(data[i]) && data[i] != '\n' && data[i] != '\t';
        return unprintable > n / 4;
}

static void format_content(StrBuf *out, const TreeEntry *e)
{
        str_buf_printf(out, " %04o ", e->mode);
        if (is_binary(e->data, e->size)) {
                for (size_t i = 0; i < e->size; i++)
                        str_buf_printf(out, "%02x", (unsigned char)e->data[i]);
                return;
        }
        str_buf_add_char(out, '"');
        format_text(out, e->data, e->size, "\\\"");
        str_buf_add_char(out, '"');
}

static void format_entry(StrBuf *out, const TreeEntry *e)
{
        bool binary = e->kind == TREE_FILE && is_binary(e->data, e->size);

        str_buf_printf(out, "%c ", binary ? 'b' : "dlf"[e->kind]);
        format_text(out, e->path, strlen(e->path), " \\");
        if (e->kind == TREE_LINK) {
                str_buf_add(out, " -> ");
                format_text(out, e->data, e->size, "\\");
        }
        if (e->kind == TREE_FILE)
                format_content(out, e);
        str_buf_add_char(out, '\n');
}

void tree_format(const Tree *tree, StrBuf *out)
{
        for (size_t i = 0; i < tree->n; i++)
                format_entry(out, tree->items + i);
}
