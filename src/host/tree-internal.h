// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What the writer and the reader of host.tree share; nobody else includes it. */

#include "host/tree.h"

typedef struct TreeEscape {
        char plain, escaped;
} TreeEscape;

extern const TreeEscape tree_escapes[]; /* ends with an empty row */

int tree_take(Tree *tree, TreeEntry *entry) _must_check_; /* leaves *entry empty, even on failure */
void tree_entry_done(TreeEntry *entry);
