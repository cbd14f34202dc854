// SPDX-License-Identifier: LGPL-2.1-or-later
/* YAML and JSON: a document that is refused has a place and a reason; one that is taken is a tree whose
 * nodes lie within each other, with all their text. */
#include "config/doc.h"
#include "fuzz.h"

static size_t depth_below(const Doc *doc, const Node *node)
{
        const Node *end = node_next(node);
        size_t deepest = 0, n_items = 0;

        HOLDS(node->span > 0 && end <= doc->nodes + doc->n);
        HOLDS(node->line > 0 && node->column > 0);
        if (node->kind == NODE_SCALAR) {
                HOLDS(node->span == 1 && strlen(doc_text(doc, node)) < doc->text_len);
                return 1;
        }
        for (const Node *item = node + 1; item < end; item = node_next(item), n_items++) {
                size_t depth = depth_below(doc, item);

                deepest = depth > deepest ? depth : deepest;
        }
        HOLDS(node->kind == NODE_LIST || n_items % 2 == 0);
        return deepest + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *text = fuzz_string(data, size);
        _cleanup_doc_ Doc doc = {};
        SyntaxError error = {};

        if (doc_parse(&doc, text, size, &error) < 0) {
                HOLDS(error.message[0] && error.line > 0 && error.column > 0);
                return 0;
        }
        HOLDS(doc.n <= DOC_MAX_NODES);
        if (doc.n > 0) {
                HOLDS(doc.nodes[0].span == doc.n);
                HOLDS(depth_below(&doc, doc.nodes) <= DOC_MAX_DEPTH + 1);
        }
        return 0;
}
