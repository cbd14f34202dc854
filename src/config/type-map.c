// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/tables.h"

#include "util/str.h"

/* Maps whose keys are names that the file chooses. */

static bool is_variable(const char *s)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";

        if (!*s || !strchr(letters, *s))
                return false;
        for (; *s; s++)
                if (!strchr(letters, *s) && !ascii_isdigit(*s))
                        return false;
        return true;
}

static bool is_file_name(const char *s)
{
        static const char allowed[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
        size_t n = strlen(s);

        return n > 0 && n <= 128 && strspn(s, allowed) == n && *s != '.' && *s != '-';
}

/* The name in a map, or NULL when the file was told what is wrong with it. */
static const char *read_name(Reader *reader, const Type *type, const Node *node)
{
        char show[TEXT_SHOW_MAX];
        DiagItem *item;

        if (node->kind != NODE_SCALAR) {
                (void)reader_error(reader, node, "a key must be one word");
                return NULL;
        }
        if (type->check(reader_text(reader, node)))
                return reader_text(reader, node);
        item = reader_error(reader, node, "'%s' is no name in '%s'",
                            text_show(reader_text(reader, node), show), reader->key);
        diag_hint(item, "%s",
                  type->check == is_variable ? "a variable's name holds letters, digits and '_'"
                                             : "a name holds letters, digits, '.', '_' and '-'");
        return NULL;
}

static void tell_twice(Reader *reader, const Node *node, Origin first)
{
        (void)reader_error(reader, node, "key '%s' stands twice; first in line %u",
                           reader_text(reader, node), first.line);
}

/* Where `key` stands or belongs in a list that is sorted by key. */
static size_t find_pair(const KeyValueList *list, const char *key, bool *ret_found)
{
        size_t low = 0, high = list->n;

        while (low < high) {
                size_t middle = (low + high) / 2;
                int r = strcmp(list->items[middle].key, key);

                if (r == 0) {
                        *ret_found = true;
                        return middle;
                }
                if (r < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        *ret_found = false;
        return low;
}

static int insert_pair(KeyValueList *list, size_t at, const char *key, Origin origin)
{
        KeyValue pair = { .key = strdup(key), .origin = origin };

        if (!pair.key || !GROW(list->items, list->n)) {
                free(pair.key);
                return -ENOMEM;
        }
        memmove(list->items + at + 1, list->items + at, (list->n - at) * sizeof(KeyValue));
        list->items[at] = pair;
        list->n++;
        return 0;
}

static void remove_pair(KeyValueList *list, size_t at)
{
        free(list->items[at].key);
        free(list->items[at].value);
        list->n--;
        memmove(list->items + at, list->items + at + 1, (list->n - at) * sizeof(KeyValue));
}

static int read_pair(Reader *reader, const Type *type, const Node *name, const Node *node,
                     KeyValueList *list)
{
        const char *key = read_name(reader, type, name), *outer = reader->key;
        bool found;
        size_t at;
        int r;

        if (!key)
                return 0;
        at = find_pair(list, key, &found);
        if (found) {
                tell_twice(reader, name, list->items[at].origin);
                return 0;
        }
        r = insert_pair(list, at, key, reader_origin(reader, name));
        if (r < 0)
                return r;
        reader->key = key;
        r = type->element->ops->read(reader, type->element, node, &list->items[at].value);
        reader->key = outer;
        if (r == 0)
                remove_pair(list, at);
        return r;
}

static int pairs_read(Reader *reader, const Type *type, const Node *node, void *value)
{
        if (!reader_wants(reader, type, node, NODE_MAP))
                return 0;
        FOREACH_PAIR(name, inner, node)
        {
                int r = read_pair(reader, type, name, inner, value);

                if (r < 0)
                        return r;
        }
        return 1;
}

static int pairs_merge(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        const KeyValueList *theirs = other;
        KeyValueList *list = value;

        for (size_t i = 0; i < theirs->n; i++) {
                const KeyValue *pair = theirs->items + i;
                bool found;
                size_t at = find_pair(list, pair->key, &found);
                int r = found ? 0 : insert_pair(list, at, pair->key, pair->origin);

                if (r < 0)
                        return r;
                list->items[at].origin = pair->origin;
                r = free_and_strdup(&list->items[at].value, pair->value);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void pairs_done(const Type *type, void *value)
{
        KeyValueList *list = value;

        for (size_t i = 0; i < list->n; i++) {
                free(list->items[i].key);
                free(list->items[i].value);
        }
        free(list->items);
        *list = (KeyValueList){};
}

static int pairs_walk(const Walk *walk, const Type *type, const char *key, const void *value,
                      Origin origin)
{
        const KeyValueList *list = value;
        int r = walk->visitor->begin_map(walk->userdata, key, origin);

        for (size_t i = 0; r >= 0 && i < list->n; i++)
                r = scalar_walk(walk, type->element, list->items[i].key, &list->items[i].value,
                                list->items[i].origin);
        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

static const TypeOps pairs_ops = {
        .read = pairs_read,
        .merge = pairs_merge,
        .done = pairs_done,
        .walk = pairs_walk,
};

const Type type_environment = {
        .name = "map of texts",
        .expected = "a map such as {NAME: value}",
        .ops = &pairs_ops,
        .size = sizeof(KeyValueList),
        .element = &type_text,
        .check = is_variable,
};

const Type type_credentials = {
        .name = "map of paths",
        .expected = "a map such as {name: /path/of/a/file}",
        .ops = &pairs_ops,
        .size = sizeof(KeyValueList),
        .element = &type_path,
        .check = is_file_name,
};

typedef struct Volumes {
        Volume *items;
        size_t n;
} Volumes;

static_assert(offsetof(Instance, n_storage_volumes) ==
                      offsetof(Instance, storage_volumes) + offsetof(Volumes, n),
              "the volumes of an Instance are Volumes");

static Volume *find_volume(const Volumes *volumes, const char *name)
{
        for (size_t i = 0; i < volumes->n; i++)
                if (streq(volumes->items[i].name, name))
                        return volumes->items + i;
        return NULL;
}

/* Kept by name, as maps are. */
static Volume *insert_volume(Volumes *volumes, const char *name, Origin origin)
{
        Volume v = { .name = strdup(name), .origin = origin };
        size_t at = volumes->n;

        if (!v.name || !GROW(volumes->items, volumes->n)) {
                free(v.name);
                return NULL;
        }
        while (at > 0 && strcmp(volumes->items[at - 1].name, name) > 0)
                at--;
        memmove(volumes->items + at + 1, volumes->items + at, (volumes->n - at) * sizeof(Volume));
        volumes->items[at] = v;
        volumes->n++;
        return volumes->items + at;
}

static int read_volume(Reader *reader, const Type *type, const Node *name, const Node *node,
                       Volumes *volumes)
{
        const char *key = read_name(reader, type, name), *outer = reader->key;
        Volume *volume = key ? find_volume(volumes, key) : NULL;
        int r = 0;

        if (!key)
                return 0;
        if (volume) {
                tell_twice(reader, name, volume->origin);
                return 0;
        }
        volume = insert_volume(volumes, key, reader_origin(reader, name));
        if (!volume)
                return -ENOMEM;
        reader->key = key;
        if (reader_wants(reader, type, node, NODE_MAP))
                r = object_read(reader, type->table, node, volume);
        reader->key = outer;
        return r;
}

static int volumes_read(Reader *reader, const Type *type, const Node *node, void *value)
{
        if (!reader_wants(reader, type, node, NODE_MAP))
                return 0;
        FOREACH_PAIR(name, inner, node)
        {
                int r = read_volume(reader, type, name, inner, value);

                if (r < 0)
                        return r;
        }
        return 1;
}

static int volumes_merge(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        const Volumes *theirs = other;

        for (size_t i = 0; i < theirs->n; i++) {
                const Volume *from = theirs->items + i;
                Volume *to = find_volume(value, from->name);
                int r;

                if (!to)
                        to = insert_volume(value, from->name, from->origin);
                if (!to)
                        return -ENOMEM;
                to->origin = from->origin;
                r = object_merge(type->table, to, from, kinds);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void volumes_done(const Type *type, void *value)
{
        Volumes *volumes = value;

        for (size_t i = 0; i < volumes->n; i++) {
                object_done(type->table, volumes->items + i);
                free(volumes->items[i].name);
        }
        free(volumes->items);
        *volumes = (Volumes){};
}

static int walk_volume(const Walk *walk, const Type *type, const Volume *volume)
{
        int r = walk->visitor->begin_map(walk->userdata, volume->name, volume->origin);

        if (r >= 0)
                r = object_walk(walk, type->table, volume);
        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

static int volumes_walk(const Walk *walk, const Type *type, const char *key, const void *value,
                        Origin origin)
{
        const Volumes *volumes = value;
        int r = walk->visitor->begin_map(walk->userdata, key, origin);

        for (size_t i = 0; r >= 0 && i < volumes->n; i++)
                r = walk_volume(walk, type, volumes->items + i);
        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

static const TypeOps volumes_ops = {
        .read = volumes_read,
        .merge = volumes_merge,
        .done = volumes_done,
        .walk = volumes_walk,
};

const Type type_volumes = {
        .name = "map of volumes",
        .expected = "a map such as {models: {size: 70G, path: /models}}",
        .ops = &volumes_ops,
        .size = sizeof(Volumes),
        .check = is_file_name,
        .table = &volume_table,
};
