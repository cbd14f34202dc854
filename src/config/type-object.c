// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/object.h"

/* Objects as values of keys, and lists of them. */

static int read_object(Reader *reader, const Type *type, const Node *node, void *value)
{
        int r;

        if (!reader_wants(reader, type, node, NODE_MAP))
                return 0;
        r = object_read(reader, type->table, node, value);
        return r < 0 ? r : 1;
}

static int merge_object(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        return object_merge(type->table, value, other, kinds);
}

static int merge_whole(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        object_done(type->table, value);
        object_init(type->table, value);
        return object_merge(type->table, value, other, kinds);
}

static void done_object(const Type *type, void *value)
{
        object_done(type->table, value);
}

static int walk_object(const Walk *walk, const Type *type, const char *key, const void *value,
                       Origin origin)
{
        int r = walk->visitor->begin_map(walk->userdata, key, origin);

        if (r >= 0)
                r = object_walk(walk, type->table, value);
        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

const TypeOps object_ops = {
        .read = read_object,
        .merge = merge_object,
        .done = done_object,
        .walk = walk_object,
};

const TypeOps whole_ops = {
        .read = read_object,
        .merge = merge_whole,
        .done = done_object,
        .walk = walk_object,
};

/* How the model keeps several of them: a pointer and, right after it, their number. */
typedef struct Objects {
        char *items;
        size_t n;
} Objects;

/* A new element at the end, holding its defaults. */
static void *append(const KeyTable *table, Objects *objects)
{
        char *items = reallocarray(objects->items, objects->n + 1, table->size);

        if (!items)
                return NULL;
        objects->items = items;
        object_init(table, items + objects->n * table->size);
        return items + objects->n++ * table->size;
}

static int read_objects(Reader *reader, const Type *type, const Node *node, void *value)
{
        if (!reader_wants(reader, type, node, NODE_LIST))
                return 0;
        FOREACH_ITEM(item, node)
        {
                Element *element;
                int r;

                if (((Objects *)value)->n == LIST_MAX)
                        return reader_too_long(reader, item);
                if (!reader_wants_item(reader, type, item, NODE_MAP))
                        continue;
                element = append(type->table, value);
                if (!element)
                        return -ENOMEM;
                element->origin = reader_origin(reader, item);
                r = object_read(reader, type->table, item, element);
                if (r < 0)
                        return r;
        }
        return 1;
}

static void done_objects(const Type *type, void *value)
{
        Objects *objects = value;

        for (size_t i = 0; i < objects->n; i++)
                object_done(type->table, objects->items + i * type->table->size);
        free(objects->items);
        *objects = (Objects){};
}

/* Appends; an explicit empty list empties. */
static int merge_objects(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        const Objects *theirs = other;

        if (theirs->n == 0)
                done_objects(type, value);
        for (size_t i = 0; i < theirs->n; i++) {
                const Element *from = (const void *)(theirs->items + i * type->table->size);
                Element *to = append(type->table, value);
                int r;

                if (!to)
                        return -ENOMEM;
                to->origin = from->origin;
                r = object_merge(type->table, to, from, kinds);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int walk_objects(const Walk *walk, const Type *type, const char *key, const void *value,
                        Origin origin)
{
        const Objects *objects = value;
        int r = walk->visitor->begin_list(walk->userdata, key, origin);

        for (size_t i = 0; r >= 0 && i < objects->n; i++) {
                const Element *e = (const void *)(objects->items + i * type->table->size);

                r = walk_object(walk, type, NULL, e, e->origin);
        }
        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

const TypeOps objects_ops = {
        .read = read_objects,
        .merge = merge_objects,
        .done = done_objects,
        .walk = walk_objects,
};

void type_expected(const Type *type, StrBuf *out)
{
        _cleanup_free_ char *choices = type->values ? enum_choices(type->values) : NULL;

        if (type->expected || choices)
                str_buf_printf(out, "expected %s", type->expected ? type->expected : choices);
}

const char *key_type_name(const Type *type)
{
        return type->name;
}

const EnumTable *key_type_values(const Type *type)
{
        return type->values;
}

const KeyTable *key_type_table(const Type *type)
{
        return type->table;
}
