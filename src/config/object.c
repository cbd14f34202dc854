// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/object.h"

#include "util/near.h"
#include "util/str.h"

/* How many keys are set before this row: where its origin stands. */
static size_t rank(const Keys *keys, size_t row)
{
        return (size_t)__builtin_popcountll(keys->set & ((UINT64_C(1) << row) - 1));
}

static bool is_set(const Keys *keys, size_t row)
{
        return keys->set >> row & 1;
}

/* Room for one more, in steps that suit the few keys that most objects have. */
static bool grow_origins(Keys *keys, size_t n)
{
        enum { STEP = 4 };
        Origin *origins;

        if (n % STEP != 0)
                return true;
        origins = reallocarray(keys->origins, n + STEP, sizeof(Origin));
        if (!origins)
                return false;
        keys->origins = origins;
        return true;
}

int keys_set(Keys *keys, size_t row, Origin origin)
{
        size_t n = (size_t)__builtin_popcountll(keys->set), i = rank(keys, row);

        if (!is_set(keys, row)) {
                if (!grow_origins(keys, n))
                        return -ENOMEM;
                memmove(keys->origins + i + 1, keys->origins + i, (n - i) * sizeof(Origin));
                keys->set |= UINT64_C(1) << row;
        }
        keys->origins[i] = origin;
        return 0;
}

static const void *member_of(const KeySpec *key, const void *object)
{
        return (const char *)object + key->offset;
}

static void *member_in(const KeySpec *key, void *object)
{
        return (char *)object + key->offset;
}

static bool is_object(const Type *type)
{
        return type->ops == &object_ops || type->ops == &whole_ops;
}

void object_init(const KeyTable *table, void *object)
{
        if (table->defaults)
                memcpy(object, table->defaults, table->size);
        else
                memset(object, 0, table->size);
        for (size_t i = 0; i < table->n_keys; i++)
                if (is_object(table->keys[i].type))
                        object_init(table->keys[i].type->table, member_in(table->keys + i, object));
}

void object_done(const KeyTable *table, void *object)
{
        Keys *keys = object;

        for (size_t i = 0; i < table->n_keys; i++) {
                const Type *type = table->keys[i].type;

                if (type->ops->done)
                        type->ops->done(type, member_in(table->keys + i, object));
        }
        free(TAKE_PTR(keys->origins));
        keys->set = 0;
}

static const KeySpec *find_key(const KeyTable *table, const char *name)
{
        for (size_t i = 0; i < table->n_keys; i++)
                if (table->keys[i].name[0] == name[0] && streq(table->keys[i].name, name))
                        return table->keys + i;
        return NULL;
}

const Origin *object_origin(const KeyTable *table, const void *object, const void *member)
{
        const Keys *keys = object;

        for (size_t i = 0; i < table->n_keys; i++)
                if (member_of(table->keys + i, object) == member)
                        return is_set(keys, i) ? keys->origins + rank(keys, i) : NULL;
        return NULL;
}

int object_set(const KeyTable *table, void *object, const void *member, Origin origin)
{
        for (size_t i = 0; i < table->n_keys; i++)
                if (member_of(table->keys + i, object) == member)
                        return keys_set(object, i, origin);
        return -EINVAL;
}

void object_forget(const KeyTable *table, void *object, const void *member)
{
        Keys *keys = object;

        for (size_t i = 0; i < table->n_keys; i++) {
                size_t at = rank(keys, i), n = (size_t)__builtin_popcountll(keys->set);

                if (member_of(table->keys + i, object) != member || !is_set(keys, i))
                        continue;
                memmove(keys->origins + at, keys->origins + at + 1, (n - at - 1) * sizeof(Origin));
                keys->set &= ~(UINT64_C(1) << i);
        }
}

static bool is_foreign(const KeyTable *table, const char *name)
{
        for (const char *const *p = table->foreign; p && *p; p++)
                if (streq(*p, name))
                        return true;
        return false;
}

static const char *kind_name(KeyKinds kind)
{
        static const struct {
                KeyKinds kinds;
                const char *name;
        } names[] = {
                { KEY_HOST,        "host.d"             },
                { KEY_OF_INSTANCE, "VMs and containers" },
                { KEY_VM,          "VMs"                },
                { KEY_CONTAINER,   "containers"         },
                { KEY_PROFILE,     "profiles"           },
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if ((kind & names[i].kinds) == names[i].kinds)
                        return names[i].name;
        return "other files";
}

/* The key below which an unknown one would be right: 'memory_mb' stands in 'resources'. */
static const char *find_parent(const Reader *reader, const KeyTable *table, const char *name)
{
        for (size_t i = 0; i < table->n_keys; i++) {
                const KeyTable *inner = table->keys[i].type->table;

                if (table->keys[i].kinds & reader->kind && inner && find_key(inner, name))
                        return table->keys[i].name;
        }
        return NULL;
}

static void hint_key(const Reader *reader, const KeyTable *table, const char *name, DiagItem *item)
{
        const char *parent = find_parent(reader, table, name);
        Near near = { .word = name };

        if (parent) {
                diag_hint(item, "it stands below '%s:'", parent);
                return;
        }
        for (size_t i = 0; i < table->n_keys; i++)
                if (table->keys[i].kinds & reader->kind)
                        near_offer(&near, table->keys[i].name);
        if (near.best)
                diag_hint(item, "did you mean '%s'?", near.best);
}

static void tell_no_key(Reader *reader, const KeyTable *table, const KeySpec *key, const Node *node)
{
        const char *name = reader_text(reader, node);
        char show[TEXT_SHOW_MAX];
        DiagItem *item;

        if (is_foreign(table, name)) {
                (void)reader_remark(reader, SEVERITY_INFO, "config-ignored-key", node,
                                    "'%s' is a key of Volant's manifest and means nothing here",
                                    name);
        } else if (key) {
                (void)reader_error(reader, node, "'%s' is a key of %s, not of %s", name,
                                   kind_name(key->kinds), kind_name(reader->kind));
        } else if (streq(name, "<<")) {
                item = reader_error(reader, node, "merge keys ('<<') are not read");
                diag_hint(item, "write the keys out, or put them into a profile");
        } else {
                item = reader_error(reader, node, "unknown key '%s'", text_show(name, show));
                hint_key(reader, table, name, item);
        }
}

static void tell_twice(Reader *reader, const Node *map, const Node *twice)
{
        FOREACH_PAIR(name, value, map)
        if (name->kind == NODE_SCALAR &&
            streq(reader_text(reader, name), reader_text(reader, twice))) {
                (void)reader_error(reader, twice, "key '%s' stands twice; first in line %u",
                                   reader_text(reader, twice), name->line);
                return;
        }
}

/* A key whose value is wrong counts as seen and not as set: the member keeps its default. */
static int read_key(Reader *reader, const KeyTable *table, const KeySpec *key, const Node *name,
                    const Node *node, void *object)
{
        const char *outer = reader->key;
        int r;

        reader->key = key->name;
        r = key->type->ops->read(reader, key->type, node, member_in(key, object));
        reader->key = outer;
        if (r <= 0)
                return r;
        return keys_set(object, (size_t)(key - table->keys), reader_origin(reader, name));
}

static int read_pair(Reader *reader, const KeyTable *table, const Node *map, const Node *name,
                     const Node *node, void *object, uint64_t *seen)
{
        const KeySpec *key;
        uint64_t bit;

        if (name->kind != NODE_SCALAR) {
                (void)reader_error(reader, name, "a key must be one word");
                return 0;
        }
        key = find_key(table, reader_text(reader, name));
        if (!key || !(key->kinds & reader->kind)) {
                tell_no_key(reader, table, key, name);
                return 0;
        }
        bit = UINT64_C(1) << (key - table->keys);
        if (*seen & bit) {
                tell_twice(reader, map, name);
                return 0;
        }
        *seen |= bit;
        return read_key(reader, table, key, name, node, object);
}

static void check_required(Reader *reader, const KeyTable *table, const Node *node, uint64_t seen)
{
        for (size_t i = 0; i < table->n_keys; i++)
                if (table->keys[i].required && !(seen >> i & 1)) {
                        DiagItem *item = reader_error(reader, node, "%s needs '%s'", table->what,
                                                      table->keys[i].name);

                        diag_hint(item, "%s: %s", table->keys[i].name, table->keys[i].about);
                }
}

int object_read(Reader *reader, const KeyTable *table, const Node *node, void *object)
{
        unsigned before = reader->n_errors;
        uint64_t seen = 0;

        FOREACH_PAIR(name, value, node)
        {
                int r = read_pair(reader, table, node, name, value, object, &seen);

                if (r < 0)
                        return r;
        }
        check_required(reader, table, node, seen);
        if (table->settle)
                table->settle(object);
        if (table->check && reader->n_errors == before)
                return table->check(reader, object, node);
        return 0;
}

int object_merge(const KeyTable *table, void *object, const void *other, KeyKinds kinds)
{
        const Keys *theirs = other;
        Keys *keys = object;

        for (size_t i = 0; i < table->n_keys; i++) {
                const KeySpec *key = table->keys + i;
                int r;

                if (!is_set(theirs, i) || !(key->kinds & kinds))
                        continue;
                r = key->type->ops->merge(key->type, member_in(key, object), member_of(key, other),
                                          kinds);
                if (r >= 0)
                        r = keys_set(keys, i, theirs->origins[rank(theirs, i)]);
                if (r < 0)
                        return r;
        }
        if (table->settle)
                table->settle(object);
        return 0;
}

int object_walk(const Walk *walk, const KeyTable *table, const void *object)
{
        const Keys *keys = object;

        for (size_t i = 0; i < table->n_keys; i++) {
                const KeySpec *key = table->keys + i;
                int r;

                if (!is_set(keys, i) || !(key->kinds & walk->kinds))
                        continue;
                r = key->type->ops->walk(walk, key->type, key->name, member_of(key, object),
                                         keys->origins[rank(keys, i)]);
                if (r < 0)
                        return r;
        }
        return 0;
}
