// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What is the same for every struct that a key table describes. */

#include "config/type.h"

/* How list elements begin. */
typedef struct Element {
        Keys keys;
        Origin origin;
} Element;

void object_init(const KeyTable *table, void *object);
void object_done(const KeyTable *table, void *object);
int object_read(Reader *reader, const KeyTable *table, const Node *node, void *object);

/* The keys that `other` has set, over those of `object`; only what `kinds` may have. */
int object_merge(const KeyTable *table, void *object, const void *other, KeyKinds kinds);
int object_walk(const Walk *walk, const KeyTable *table, const void *object);

/* Where a member was set, or NULL. `member` is its address within `object`. */
const Origin *object_origin(const KeyTable *table, const void *object, const void *member) _pure_;
int object_set(const KeyTable *table, void *object, const void *member, Origin origin);
void object_forget(const KeyTable *table, void *object, const void *member);

static inline bool object_has(const KeyTable *table, const void *object, const void *member)
{
        return object_origin(table, object, member) != NULL;
}

int keys_set(Keys *keys, size_t row, Origin origin);
