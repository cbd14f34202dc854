// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/diag.h"
#include "util/root.h"

/*
 * One folder of the three trees as if it were one: of files with one base name, the one of the
 * highest tree is left. Which are masked shows when they are opened.
 */
typedef struct Entry {
        char *name; /* without its extension */
        uint16_t replicas;
        uint8_t tree, extension;
        uint8_t other;    /* an extension of the same name in the same tree, with `twice` */
        bool twice : 1;   /* neither is meant more than the other */
        bool refused : 1; /* its folder is not to be trusted */
        bool seen : 1;    /* `replicas` is known */
} Entry;

typedef struct Listing {
        const char *folder; /* "vm.d" */
        Entry *items;       /* by name */
        size_t n;
        bool failed; /* some folder could not be read or trusted, which was told */
} Listing;

enum { CONFIG_MAX_FILES = 10000, CONFIG_MAX_SIZE = 1024 * 1024 };

/* Which of the trees are there: most hosts lack one, and need not be asked for each of its folders. */
typedef unsigned ConfigTrees;

ConfigTrees config_trees_find(Root *root);
int listing_read(Root *root, ConfigTrees trees, const char *folder, Diag *diag,
                 Listing *ret) _must_check_;
void listing_done(Listing *listing);

Entry *listing_find(const Listing *listing, const char *name);

/* As messages name it: "/etc/gpuhost/vm.d/a.yaml". */
char *entry_path(const Listing *listing, const Entry *entry) _must_check_;

/* 1 and the text; 0 when there is nothing to read: it is masked, a folder, or gone by now; -EBADMSG
 * when the Diag was told what is wrong. */
int entry_read(Root *root, const Entry *entry, const char *path, Diag *diag, char **ret,
               size_t *ret_size) _must_check_;

/* Would entry_read() find nothing? Positive if so. */
int entry_is_masked(Root *root, const char *path) _must_check_;
