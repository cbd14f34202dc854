// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/doc.h"

#include <yaml.h>

#include "config/syntax.h"
#include "util/str.h"

/* A list or map that has not ended. */
typedef struct Open {
        uint32_t node;
        bool flow; /* in brackets */
} Open;

typedef struct Builder {
        Doc *doc;
        SyntaxError *error;
        Open open[DOC_MAX_DEPTH];
        size_t depth, copies;
        bool ended;
} Builder;

static int fail(Builder *b, const yaml_mark_t *mark, const char *message, const char *hint)
{
        syntax_error_set(b->error, (unsigned)mark->line + 1, (unsigned)mark->column + 1, message,
                         hint);
        return -EBADMSG;
}

static int add_node(Builder *b, const Node *node)
{
        Doc *doc = b->doc;

        if (doc->n == doc->capacity) {
                size_t capacity = doc->capacity ? doc->capacity * 2 : 64;
                Node *nodes = reallocarray(doc->nodes, capacity, sizeof(Node));

                if (!nodes)
                        return -ENOMEM;
                doc->nodes = nodes;
                doc->capacity = capacity;
        }
        doc->nodes[doc->n++] = *node;
        return 0;
}

static int add_text(Doc *doc, const void *text, size_t n, uint32_t *ret)
{
        size_t need = doc->text_len + n + 1;

        if (need > doc->text_capacity) {
                size_t capacity = doc->text_capacity ? doc->text_capacity : 1024;
                char *p;

                while (capacity < need)
                        capacity *= 2;
                p = realloc(doc->text, capacity);
                if (!p)
                        return -ENOMEM;
                doc->text = p;
                doc->text_capacity = capacity;
        }
        *ret = (uint32_t)doc->text_len;
        memcpy(doc->text + doc->text_len, text, n);
        doc->text[need - 1] = '\0';
        doc->text_len = need;
        return 0;
}

/* A node of the text itself, with its anchor if it has one. */
static int add_event(Builder *b, const yaml_event_t *event, const yaml_char_t *anchor,
                     const yaml_char_t *tag, Node node)
{
        Doc *doc = b->doc;
        Anchor a = { .node = (uint32_t)doc->n };
        int r;

        if (tag)
                return fail(b, &event->start_mark, "tags have no meaning here",
                            "remove the word that begins with '!', or quote it");
        if (doc->n == DOC_MAX_NODES)
                return fail(b, &event->start_mark, "the file holds too many values",
                            "at most 100000 are read");
        node.line = (unsigned)event->start_mark.line + 1;
        node.column = (unsigned)event->start_mark.column + 1;
        node.span = 1;
        r = add_node(b, &node);
        if (r < 0 || !anchor)
                return r;
        r = add_text(doc, anchor, strlen((const char *)anchor), &a.name);
        if (r < 0)
                return r;
        if (!GROW(doc->anchors, doc->n_anchors))
                return -ENOMEM;
        doc->anchors[doc->n_anchors++] = a;
        return 0;
}

static int add_scalar(Builder *b, const yaml_event_t *event)
{
        const typeof(event->data.scalar) *s = &event->data.scalar;
        Node node = { .kind = NODE_SCALAR, .plain = s->style == YAML_PLAIN_SCALAR_STYLE };
        int r;

        if (memchr(s->value, '\0', s->length))
                return fail(b, &event->start_mark, "a text with a NUL character",
                            "remove the \\0 or \\x00");
        r = add_text(b->doc, s->value, s->length, &node.text);
        if (r < 0)
                return r;
        return add_event(b, event, s->anchor, s->tag, node);
}

static int begin(Builder *b, const yaml_event_t *event, const yaml_char_t *anchor,
                 const yaml_char_t *tag, NodeKind kind, bool flow)
{
        if (b->depth == DOC_MAX_DEPTH)
                return fail(b, &event->start_mark, "too deeply nested",
                            "at most 32 levels are read");
        b->open[b->depth++] = (Open){ .node = (uint32_t)b->doc->n, .flow = flow };
        return add_event(b, event, anchor, tag, (Node){ .kind = kind });
}

static void end(Builder *b)
{
        Node *node = b->doc->nodes + b->open[--b->depth].node;

        node->span = (uint32_t)(b->doc->nodes + b->doc->n - node);
}

static bool is_open(const Builder *b, uint32_t node)
{
        for (size_t i = 0; i < b->depth; i++)
                if (b->open[i].node == node)
                        return true;
        return false;
}

/* A name may be given again: the last one before the alias counts. */
static const Anchor *find_anchor(const Doc *doc, const char *name)
{
        for (size_t i = doc->n_anchors; i-- > 0;)
                if (streq(doc->text + doc->anchors[i].name, name))
                        return doc->anchors + i;
        return NULL;
}

static int add_alias(Builder *b, const yaml_event_t *event)
{
        const Anchor *anchor = find_anchor(b->doc, (const char *)event->data.alias.anchor);
        uint32_t span;

        if (!anchor)
                return fail(b, &event->start_mark, "an alias without its anchor",
                            "quote the value if its '*' is meant as it is");
        if (is_open(b, anchor->node))
                return fail(b, &event->start_mark, "an alias inside of what it stands for",
                            "write the value out");
        span = b->doc->nodes[anchor->node].span;
        b->copies += span;
        if (b->copies > DOC_MAX_COPIES)
                return fail(b, &event->start_mark, "the aliases stand for too much",
                            "together they may stand for 10000 values");
        for (uint32_t i = 0; i < span; i++) {
                Node copy = b->doc->nodes[anchor->node + i];
                int r = add_node(b, &copy);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int take_event(Builder *b, const yaml_event_t *event)
{
        const typeof(event->data.sequence_start) *list = &event->data.sequence_start;
        const typeof(event->data.mapping_start) *map = &event->data.mapping_start;

        switch (event->type) {
        case YAML_DOCUMENT_START_EVENT:
                if (b->doc->n > 0)
                        return fail(b, &event->start_mark, "a second document",
                                    "a file holds one: remove the '---'");
                return 0;
        case YAML_SCALAR_EVENT:
                return add_scalar(b, event);
        case YAML_SEQUENCE_START_EVENT:
                return begin(b, event, list->anchor, list->tag, NODE_LIST,
                             list->style == YAML_FLOW_SEQUENCE_STYLE);
        case YAML_MAPPING_START_EVENT:
                return begin(b, event, map->anchor, map->tag, NODE_MAP,
                             map->style == YAML_FLOW_MAPPING_STYLE);
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                end(b);
                return 0;
        case YAML_ALIAS_EVENT:
                return add_alias(b, event);
        case YAML_STREAM_END_EVENT:
                b->ended = true;
                return 0;
        default:
                return 0;
        }
}

/* libyaml knows where the text ended, but seldom what was open then. */
static int explain(Builder *b, const yaml_parser_t *parser, const char *text, size_t n)
{
        const Open *open = b->depth > 0 ? b->open + b->depth - 1 : NULL;
        const Node *node = open ? b->doc->nodes + open->node : NULL;

        if (parser->error == YAML_MEMORY_ERROR)
                return -ENOMEM;
        if (open && open->flow && syntax_at_end(parser, text, n))
                syntax_error_set(b->error, node->line, node->column,
                                 node->kind == NODE_LIST ? "a '[' that is never closed"
                                                         : "a '{' that is never closed",
                                 "");
        else
                syntax_explain(parser, text, n, b->error);
        return -EBADMSG;
}

static int pump(Builder *b, yaml_parser_t *parser, const char *text, size_t n)
{
        while (!b->ended) {
                yaml_event_t event;
                int r;

                if (!yaml_parser_parse(parser, &event))
                        return explain(b, parser, text, n);
                r = take_event(b, &event);
                yaml_event_delete(&event);
                if (r < 0)
                        return r;
        }
        return 0;
}

int doc_parse(Doc *doc, char *text, size_t n, SyntaxError *ret_error)
{
        Builder b = { .doc = doc, .error = ret_error };
        yaml_parser_t parser;
        int r = text_check(text, n, ret_error);

        doc->n = doc->text_len = doc->n_anchors = 0;
        if (r < 0)
                return r;
        if (startswith(text, "\xef\xbb\xbf")) {
                text += 3;
                n -= 3;
        }
        text_prepare_json(text, n);
        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
        r = pump(&b, &parser, text, n);
        yaml_parser_delete(&parser);
        return r;
}

void doc_done(Doc *doc)
{
        free(doc->nodes);
        free(doc->text);
        free(doc->anchors);
        *doc = (Doc){};
}
