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
} KeyKinds;

#define KEY_INSTANCE (KEY_VM | KEY_CONTAINER | KEY_PROFILE)
#define KEY_OF_VM    (KEY_VM | KEY_PROFILE)
#define KEY_OF_BOX   (KEY_CONTAINER | KEY_PROFILE)

typedef struct Type Type; /* how values are read, merged, printed: config/type.h */
typedef struct KeyTable KeyTable;

typedef struct KeySpec {
        const char *name;
        size_t offset;
        const Type *type;
        KeyKinds kinds;
        const char *about; /* one line for the man page and for completion */
} KeySpec;

struct KeyTable {
        const char *what; /* "a gpus: entry", as messages call the object */
        const KeySpec *keys;
        size_t n_keys;
        const char *const
                *foreign; /* keys of Volant's manifest that mean nothing here; NULL-ended */
        KeyKinds kinds;
};

extern const KeyTable host_table, instance_table;

/* For those who list the schema. */
const char *key_type_name(const Type *type) _pure_;        /* "size", "list of ports" */
const EnumTable *key_type_values(const Type *type) _pure_; /* NULL: no fixed set of words */
const KeyTable *key_type_table(const Type *type) _pure_;   /* NULL: no object, nor a list of them */
