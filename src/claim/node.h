// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/root.h"

/* The node of an IOMMU group, which one user at a time may open: read and write for its owner, nothing for
 * others. Waits for nobody: the node is there once a function of the group is with VFIO. -ENOENT. */
int node_give(Root *root, int32_t group, uid_t uid) _must_check_;

/* Root's again, by the name of a lease. That of a function has no node, and one may have gone: 0. */
int node_take_back(Root *root, const char *lease) _must_check_;

/* "/dev/vfio/12" */
enum { NODE_PATH_MAX = sizeof("/dev/vfio/-2147483648") };
char *node_path(int32_t group, char buf[static NODE_PATH_MAX]);
