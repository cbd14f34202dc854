// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/config.h"
#include "config/doc.h"

/* What is known while one document is read. */
struct Reader {
        const Doc *doc;
        Diag *diag;
        const char *file;
        KeyKinds kind;
        const char *key;         /* the innermost, for messages */
        unsigned n_errors;       /* in this file */
        const StrList *profiles; /* that instances may name; NULL: unknown */
};

/* Remarks at a node's place. After many of one file they are only counted. */
DiagItem *reader_remark(Reader *reader, Severity severity, const char *code, const Node *node,
                        const char *format, ...) _printf_(5, 6);

/* What gpuhost.yaml(5) does not allow. */
#define reader_error(reader, node, ...)                                                            \
        reader_remark(reader, SEVERITY_ERROR, "config-schema", node, __VA_ARGS__)

static inline const char *reader_text(const Reader *reader, const Node *scalar)
{
        return doc_text(reader->doc, scalar);
}

static inline Origin reader_origin(const Reader *reader, const Node *node)
{
        return (Origin){ .file = reader->file, .line = node->line, .column = node->column };
}

/* `a:`, `a: ~`, `a: null` */
bool reader_is_null(const Reader *reader, const Node *node);

/* Says that a value of another kind was expected, unless it is of this one. */
bool reader_wants(Reader *reader, const Type *type, const Node *node, NodeKind kind);
bool reader_wants_item(Reader *reader, const Type *type, const Node *node, NodeKind kind);

/* No list that is meant is longer; what compares its items with each other may rely on it. */
enum { LIST_MAX = 1024 };
int reader_too_long(Reader *reader, const Node *item);
