// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/diag.h"

/*
 * host.tree: a machine's facts as text, one entry a line, sorted by path. Parents need not be listed.
 *
 *      d PATH
 *      l PATH -> TARGET
 *      f PATH MODE "TEXT"      escapes: \n \t \\ \" \xNN
 *      b PATH MODE HEX
 */
typedef enum TreeKind {
        TREE_DIR,
        TREE_LINK,
        TREE_FILE,
} TreeKind;

typedef struct TreeEntry {
        TreeKind kind;
        unsigned mode; /* of files */
        char *path;
        char *data; /* content or target, NUL-terminated behind `size` bytes */
        size_t size;
} TreeEntry;

typedef struct Tree {
        TreeEntry *items;
        size_t n;
} Tree;

/* Copies all that it is given. */
int tree_add(Tree *tree, TreeKind kind, const char *path, unsigned mode, const char *data,
             size_t size) _must_check_;
void tree_sort(Tree *tree);
const TreeEntry *tree_find(const Tree *tree, const char *path) _pure_; /* in a sorted one */
void tree_done(Tree *tree);
#define _cleanup_tree_ _cleanup_(tree_done)

/* Strict: -EINVAL with every wrong line in `diag` (under the name `file`), and nothing in *ret. */
int tree_parse(const char *file, const char *text, size_t size, Diag *diag, Tree *ret) _must_check_;
void tree_format(const Tree *tree, StrBuf *out);

/* Unpacks `file` into a new folder under `parent`, open to nobody else. -EINVAL with the reasons in
 * `diag`. The caller removes the folder. */
int tree_unpack(const char *file, const char *parent, Diag *diag, char **ret_dir) _must_check_;

/* Removes an unpacked folder and frees its name; NULL is fine. Fit for _cleanup_. */
char *tree_remove(char *dir);
DEFINE_CLEANUP(char *, tree_remove)
