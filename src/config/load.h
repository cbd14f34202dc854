// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What load.c, names.c and config.c share. */

#include "config/doc.h"
#include "config/hierarchy.h"
#include "config/instance.h"

struct ConfigReader {
        Root *root;
        Diag *diag;
        ConfigTrees trees;
        Doc doc; /* of the file that is read: its memory serves one after the other */
        HostConfig host;
        bool host_valid;
        StrList files; /* whose names origins borrow */
        char *current; /* the same for the instance that was read last, unless all are kept */
        bool keep;
        Instance **profiles; /* by name */
        size_t n_profiles;
        StrList profile_names;
        bool profiles_known; /* else there may be more */
        Listing vms, containers;
        size_t next_vm, next_container;
};

/* 1 and what the file of that entry says, by itself; 0 when it is masked or its name is none. */
int load_file(ConfigReader *c, const Entry *entry, const char *path, InstanceKind kind,
              Instance **ret) _must_check_;

/* Tells of every other that has the name of `own` or of one of its replicas. */
int names_check(ConfigReader *c, const char *path, Instance *own) _must_check_;

/* "node" and 2 of "node-2"; false for a name that no replica has. */
bool names_split_replica(const char *name, char base[static INSTANCE_NAME_MAX + 1],
                         uint32_t *ret_number);
