// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/* An enum's names, by value. One table serves parsing, printing, help, completion and tests. */
typedef struct EnumTable {
        const char *what; /* "role", as messages call it */
        const char *const *names;
        size_t n;
} EnumTable;

#define DEFINE_ENUM_TABLE(table, what_, ...)                                                       \
        static const char *const table##_names[] = { __VA_ARGS__ };                                \
        const EnumTable table = {                                                                  \
                .what = what_,                                                                     \
                .names = table##_names,                                                            \
                .n = ARRAY_SIZE(table##_names),                                                    \
        }

/* NULL for a value outside the table. */
const char *enum_to_string(const EnumTable *table, int value) _pure_;

/* The value, or -EINVAL. */
int enum_from_string(const EnumTable *table, const char *s) _pure_;

/* "host, passthrough, on-demand or vgpu"; NULL when memory is short. */
char *enum_choices(const EnumTable *table) _must_check_;
