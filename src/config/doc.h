// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/text.h"

/*
 * One YAML document as an array of nodes in the order of the text: a list is followed by its items, a
 * map by its keys and values in turn. Aliases are copies of what they stand for.
 */
typedef enum NodeKind {
        NODE_SCALAR,
        NODE_LIST,
        NODE_MAP,
} NodeKind;

typedef struct Node {
        unsigned line, column; /* from 1 */
        uint32_t text;         /* scalars: where in the document's text */
        uint32_t span;         /* how many nodes: this one and all within */
        NodeKind kind;
        bool plain; /* a scalar without quotes */
} Node;

typedef struct Anchor {
        uint32_t name, node;
} Anchor;

/* Kept from file to file, so that the memory of one serves the next. */
typedef struct Doc {
        Node *nodes; /* nodes[0] is the document; n is 0 when there is none */
        size_t n, capacity;
        char *text;
        size_t text_len, text_capacity;
        Anchor *anchors;
        size_t n_anchors;
} Doc;

enum {
        DOC_MAX_DEPTH = 32,
        DOC_MAX_NODES = 100000,
        DOC_MAX_COPIES = 10000, /* nodes that come from aliases */
};

/* May change `text` in place, which is NUL-terminated. -EBADMSG and *ret_error when it is no document
 * that may stand here. */
int doc_parse(Doc *doc, char *text, size_t n, SyntaxError *ret_error) _must_check_;
void doc_done(Doc *doc);
#define _cleanup_doc_ _cleanup_(doc_done)

static inline const char *doc_text(const Doc *doc, const Node *scalar)
{
        return doc->text + scalar->text;
}

static inline const Node *node_next(const Node *node)
{
        return node + node->span;
}

/* Items of a list; of a map, the keys: its value is node_next() of a key. */
#define FOREACH_ITEM(item, list)                                                                   \
        for (const Node *item = (list) + 1; item < node_next(list); item = node_next(item))
#define FOREACH_PAIR(key, value, map)                                                              \
        for (const Node *key = (map) + 1, *value;                                                  \
             key < node_next(map) && (value = node_next(key)); key = node_next(value))
