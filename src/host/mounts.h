// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* What the host cannot do without: a place, and the device that it is said to be on. */
typedef struct Mount {
        char *point;  /* "/var"; "swap" */
        char *type;   /* "ext4"; "" for swap */
        char *source; /* "/dev/mapper/vg0-root" */
        unsigned major,
                minor; /* of a block device; 0:N where the file system has none of its own */
} Mount;

typedef struct MountList {
        Mount *items;
        size_t n;
} MountList;

int mounts_read(Root *root, Machine *m, MountList *ret) _must_check_;
void mount_list_done(MountList *list);
#define _cleanup_mount_list_ _cleanup_(mount_list_done)
