// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * The schema as data. A table describes one object, a row one key of it; parsing, merging, printing,
 * freeing, the man page's check and completion all go through these rows.
 */

#include "model/config.h"

/* The kinds of files that a key may stand in. */
typedef enum KeyKinds {
        KEY_HOST = 1,
        KEY_VM = 1 << 1,
        KEY_CONTAINER = 1 << 2,
        KEY_PROFILE = 1 << 3,
        KEY_OF_VM = KEY_VM | KEY_PROFILE,
        KEY_OF_CONTAINER = KEY_CONTAINER | KEY_PROFILE,
        KEY_OF_INSTANCE = KEY_VM | KEY_CONTAINER,
        KEY_OF_ANY = KEY_OF_INSTANCE | KEY_PROFILE,
        KEY_EVERYWHERE = KEY_HOST | KEY_OF_ANY,
} KeyKinds;

typedef struct Type Type; /* how values are read, merged, printed: config/type.h */
typedef struct Reader Reader;
typedef struct Node Node;

typedef struct KeySpec {
        const char *name;
        const char *about; /* one line for the man page and for completion */
        const Type *type;
        size_t offset;
        KeyKinds kinds;
        bool required;
} KeySpec;

/* An object: a struct that begins with its Keys. */
typedef struct KeyTable {
        const char *what;  /* "a network", as messages call it */
        const char *where; /* where these keys stand: "networks:" */
        const KeySpec *keys;
        size_t n_keys;
        size_t size;
        const void *defaults; /* NULL: all zero */
        const char *const
                *foreign; /* keys of Volant's manifest that mean nothing here; NULL-ended */

        /* Members that follow from others, after reading and after each merge. */
        void (*settle)(void *object);
        /* What one key's type can't tell: called after reading, if nothing in the object was wrong. */
        int (*check)(Reader *reader, const void *object, const Node *node);
} KeyTable;

extern const KeyTable host_table, instance_table;

/* For those who list the schema. */
const char *key_type_name(const Type *type) _pure_;        /* "size", "list of ports" */
const EnumTable *key_type_values(const Type *type) _pure_; /* NULL: no fixed set of words */
const KeyTable *key_type_table(const Type *type) _pure_; /* NULL: no object, nor several of them */
