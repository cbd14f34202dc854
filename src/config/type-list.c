// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/type.h"

#include "util/near.h"
#include "util/str.h"

/* How all lists of values begin. */
typedef struct List {
        char *items;
        size_t n;
        Origin *origins;
} List;

#define ASSERT_LIST(T)                                                                             \
        static_assert(offsetof(T, items) == offsetof(List, items) &&                               \
                              offsetof(T, n) == offsetof(List, n) &&                               \
                              offsetof(T, origins) == offsetof(List, origins),                     \
                      #T " is a List")
ASSERT_LIST(TextList);
ASSERT_LIST(PatternList);
ASSERT_LIST(AddressList);
ASSERT_LIST(PortList);

static void *item_of(const Type *type, const List *list, size_t i)
{
        return list->items + i * type->element->size;
}

/* A new item at the end, all zero. */
static void *append(const Type *type, List *list, Origin origin)
{
        Origin *origins = reallocarray(list->origins, list->n + 1, sizeof(Origin));
        char *items;

        if (!origins)
                return NULL;
        list->origins = origins;
        items = reallocarray(list->items, list->n + 1, type->element->size);
        if (!items)
                return NULL;
        list->items = items;
        list->origins[list->n] = origin;
        return memset(item_of(type, list, list->n++), 0, type->element->size);
}

static void drop_last(const Type *type, List *list)
{
        list->n--;
        if (type->element->ops->done)
                type->element->ops->done(type->element, item_of(type, list, list->n));
}

/* Items are compared as files would write them. */
static bool items_equal(const Type *element, const void *a, const void *b)
{
        char buf_a[FORMAT_MAX], buf_b[FORMAT_MAX];
        ConfigValue value_a, value_b;

        element->format(element, a, buf_a, &value_a);
        element->format(element, b, buf_b, &value_b);
        return streq(value_a.string, value_b.string);
}

static bool has_item(const Type *type, const List *list, size_t n, const void *item)
{
        for (size_t i = 0; i < n; i++)
                if (items_equal(type->element, item_of(type, list, i), item))
                        return true;
        return false;
}

static int read_item(Reader *reader, const Type *type, const Node *node, List *list)
{
        void *item = append(type, list, reader_origin(reader, node));
        int r;

        if (!item)
                return -ENOMEM;
        r = type->element->ops->read(reader, type->element, node, item);
        if (r > 0 && type->unique && has_item(type, list, list->n - 1, item)) {
                (void)reader_error(reader, node, "'%s' stands twice in '%s'",
                                   reader_text(reader, node), reader->key);
                r = 0;
        }
        if (r <= 0)
                drop_last(type, list);
        return r;
}

static int list_read(Reader *reader, const Type *type, const Node *node, void *value)
{
        if (!reader_wants(reader, type, node, NODE_LIST))
                return 0;
        FOREACH_ITEM(item, node)
        {
                int r;

                if (((List *)value)->n == LIST_MAX)
                        return reader_too_long(reader, item);
                r = read_item(reader, type, item, value);
                if (r < 0)
                        return r;
        }
        return 1;
}

void list_done(const Type *type, void *value)
{
        List *list = value;

        while (list->n > 0)
                drop_last(type, list);
        free(TAKE_PTR(list->items));
        free(TAKE_PTR(list->origins));
}

/* Appends; an explicit empty list empties. */
static int list_merge(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        const List *theirs = other;
        List *list = value;

        if (theirs->n == 0)
                list_done(type, list);
        for (size_t i = 0; i < theirs->n; i++) {
                const void *from = item_of(type, theirs, i);
                void *to;
                int r;

                if (type->unique && has_item(type, list, list->n, from))
                        continue;
                to = append(type, list, theirs->origins[i]);
                if (!to)
                        return -ENOMEM;
                r = type->element->ops->merge(type->element, to, from, kinds);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int list_walk(const Walk *walk, const Type *type, const char *key, const void *value,
                     Origin origin)
{
        const List *list = value;
        int r = walk->visitor->begin_list(walk->userdata, key, origin);

        for (size_t i = 0; r >= 0 && i < list->n; i++)
                r = type->element->ops->walk(walk, type->element, NULL, item_of(type, list, i),
                                             list->origins[i]);
        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

const TypeOps list_ops = {
        .read = list_read,
        .merge = list_merge,
        .done = list_done,
        .walk = list_walk,
};

const Type type_texts = {
        .name = "list of texts",
        .expected = "a list such as [a, b]",
        .ops = &list_ops,
        .size = sizeof(TextList),
        .element = &type_text,
};

int texts_add(TextList *list, const char *s, Origin origin)
{
        char **item = append(&type_texts, (List *)list, origin);

        return item ? free_and_strdup(item, s) : -ENOMEM;
}

const Type type_kernel_argument_list = {
        .name = "list of kernel arguments",
        .expected = "a list such as [pcie_aspm=off]",
        .ops = &list_ops,
        .size = sizeof(TextList),
        .element = &type_kernel_argument,
};

const Type type_addresses = {
        .name = "list of PCI addresses",
        .expected = "a list such as [\"0000:02:00.0\"]",
        .ops = &list_ops,
        .size = sizeof(AddressList),
        .element = &type_address,
        .unique = true,
};

const Type type_ports = {
        .name = "list of ports",
        .expected = "a list such as [\"8080:80\"]",
        .ops = &list_ops,
        .size = sizeof(PortList),
        .element = &type_forward,
};

/* An empty list of patterns says something too. */
int patterns_read(Reader *reader, const Type *type, const Node *node, void *value)
{
        PatternList *list = value;
        int r = list_read(reader, type, node, value);

        list->present = r > 0;
        list->origin = reader_origin(reader, node);
        return r;
}

int patterns_merge(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        const PatternList *theirs = other;
        PatternList *list = value;

        list->present = true;
        list->origin = theirs->origin;
        return list_merge(type, value, other, kinds);
}

static const TypeOps patterns_ops = {
        .read = patterns_read,
        .merge = patterns_merge,
        .done = list_done,
        .walk = list_walk,
};

const Type type_patterns = {
        .name = "list of device patterns",
        .expected = "a list such as [\"10de:*\"]",
        .ops = &patterns_ops,
        .size = sizeof(PatternList),
        .element = &type_pattern,
};

/* Names that exist, or the error says which is near. */
static bool names_profile(const StrList *profiles, Near *near)
{
        for (size_t i = 0; i < profiles->n; i++) {
                if (streq(profiles->items[i], near->word))
                        return true;
                near_offer(near, profiles->items[i]);
        }
        return false;
}

static int read_profile(Reader *reader, const Type *type, const Node *node, void *value)
{
        DiagItem *item;
        Near near = {};
        int r = scalar_read(reader, type, node, value);

        if (r <= 0 || !reader->profiles)
                return r;
        near.word = *(char **)value;
        if (names_profile(reader->profiles, &near))
                return 1;
        item = reader_remark(reader, SEVERITY_ERROR, "config-reference", node,
                             "no profile is named '%s'", near.word);
        if (near.best)
                diag_hint(item, "did you mean '%s'?", near.best);
        return 0;
}

static const TypeOps profile_ops = {
        .read = read_profile,
        .merge = text_merge,
        .done = text_done,
        .walk = scalar_walk,
};

const Type type_profile_name = {
        .name = "profile",
        .expected = "the name of a profile",
        .ops = &profile_ops,
        .size = sizeof(char *),
        .parse = text_parse,
        .format = text_format,
        .check = instance_name_valid,
};

/* What an instance's profiles say is merged into it already: to name them again would repeat it. */
static int profiles_walk(const Walk *walk, const Type *type, const char *key, const void *value,
                         Origin origin)
{
        int r = walk->visitor->begin_list(walk->userdata, key, origin);

        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

static const TypeOps profiles_ops = {
        .read = list_read,
        .merge = list_merge,
        .done = list_done,
        .walk = profiles_walk,
};

const Type type_profiles = {
        .name = "list of profiles",
        .expected = "a list such as [default, cuda-guest]",
        .ops = &profiles_ops,
        .size = sizeof(TextList),
        .element = &type_profile_name,
        .unique = true,
};
