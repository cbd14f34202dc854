// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/reader.h"

#include "config/type.h"
#include "util/str.h"

enum { MAX_ERRORS = 100 };

DiagItem *reader_remark(Reader *reader, Severity severity, const char *code, const Node *node,
                        const char *format, ...)
{
        Origin origin = reader_origin(reader, node);
        DiagItem *item;
        va_list ap;

        if (severity == SEVERITY_ERROR && ++reader->n_errors >= MAX_ERRORS) {
                if (reader->n_errors == MAX_ERRORS)
                        (void)diag_add(reader->diag, severity, code, origin,
                                       "too many errors: what else is wrong here is not told");
                return NULL;
        }
        va_start(ap, format);
        item = diag_add_v(reader->diag, severity, code, origin, format, ap);
        va_end(ap);
        return item;
}

bool reader_is_null(const Reader *reader, const Node *node)
{
        static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

        if (node->kind != NODE_SCALAR || !node->plain)
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
                if (streq(reader_text(reader, node), nulls[i]))
                        return true;
        return false;
}

static const char *const kind_names[] = {
        [NODE_SCALAR] = "one value",
        [NODE_LIST] = "a list",
        [NODE_MAP] = "a map",
};

static void hint_expected(const Type *type, DiagItem *item)
{
        _cleanup_str_buf_ StrBuf hint = {};

        type_expected(type, &hint);
        diag_hint(item, "%s", str_buf_get(&hint));
}

bool reader_wants(Reader *reader, const Type *type, const Node *node, NodeKind kind)
{
        if (reader_is_null(reader, node)) {
                diag_hint(reader_error(reader, node, "'%s' has no value", reader->key),
                          "give it one, or remove the key");
                return false;
        }
        if (node->kind == kind)
                return true;
        hint_expected(type, reader_error(reader, node, "'%s' takes %s, not %s", reader->key,
                                         kind_names[kind], kind_names[node->kind]));
        return false;
}

bool reader_wants_item(Reader *reader, const Type *type, const Node *node, NodeKind kind)
{
        if (node->kind == kind)
                return true;
        hint_expected(type, reader_error(reader, node, "an item of '%s' is %s, not %s", reader->key,
                                         kind_names[kind], kind_names[node->kind]));
        return false;
}

int reader_too_long(Reader *reader, const Node *item)
{
        (void)reader_error(reader, item, "'%s' holds more than %d items", reader->key, LIST_MAX);
        return 0;
}
