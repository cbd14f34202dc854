// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/root.h"

/* A folder of one VM below run/gpuhost/start, with what its user may read and nobody else: "trainer.seed". No
 * folders in it. */

/* Empty, whatever was there before; the group may read it. */
int folder_make(Root *root, const char *path, gid_t gid) _must_check_;
int folder_write(Root *root, const char *path, const char *name, const char *text, size_t n,
                 gid_t gid) _must_check_;

/* A link in it, to anywhere. */
int folder_link(Root *root, const char *path, const char *name, const char *to) _must_check_;

/* With what is in it; that there is none is fine. */
int folder_remove(Root *root, const char *path) _must_check_;
