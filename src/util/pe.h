// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/*
 * Sections of a PE file, which is what UEFI runs: see "PE Format" of Microsoft. The file has been read
 * whole, and is not trusted.
 *
 * The bytes of the first section of that name, which point into `data`. -EBADMSG: that is no such file,
 * or not all of it. -ENOENT: it has no such section.
 */
int pe_find_section(const char *data, size_t n, const char *name, const char **ret,
                    size_t *ret_size) _must_check_;
