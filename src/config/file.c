// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/file.h"

static int tell_syntax(Reader *reader, const SyntaxError *error)
{
        const Origin origin = { reader->file, error->line, error->column };
        DiagItem *item = diag_add(reader->diag, SEVERITY_ERROR, "config-syntax", origin, "%s",
                                  error->message);

        if (error->hint[0])
                diag_hint(item, "%s", error->hint);
        reader->n_errors++;
        return 1;
}

static const char *kind_folder(KeyKinds kind)
{
        return kind & KEY_HOST        ? "host.d"
               : kind & KEY_VM        ? "vm.d"
               : kind & KEY_CONTAINER ? "container.d"
                                      : "profile.d";
}

static int parse_object(Reader *reader, Doc *doc, char *text, size_t n, const KeyTable *table,
                        void *object)
{
        SyntaxError error;
        int r = doc_parse(doc, text, n, &error);

        if (r == -EBADMSG)
                return tell_syntax(reader, &error);
        if (r < 0)
                return r;
        reader->doc = doc;
        if (doc->n == 0 || reader_is_null(reader, doc->nodes))
                return 1; /* comments alone: every key has its default */
        if (doc->nodes[0].kind != NODE_MAP) {
                diag_hint(reader_error(reader, doc->nodes, "a file of %s is a map of keys",
                                       kind_folder(reader->kind)),
                          "expected lines such as '%s: …'", table->keys[0].name);
                return 1;
        }
        r = object_read(reader, table, doc->nodes, object);
        return r < 0 ? r : 1;
}

int file_read_object(Root *root, const Entry *entry, Reader *reader, Doc *doc,
                     const KeyTable *table, void *object)
{
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        int r = entry_read(root, entry, reader->file, reader->diag, &text, &n);

        if (r == -EBADMSG) {
                reader->n_errors++;
                return 1;
        }
        return r <= 0 ? r : parse_object(reader, doc, text, n, table, object);
}
