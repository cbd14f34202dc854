// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/hierarchy.h"
#include "config/object.h"

/* Reads the file of an entry into an object: 1, or 0 when it is masked. What is wrong was told to the
 * reader's Diag, and reader->n_errors is not 0. */
int file_read_object(Root *root, const Entry *entry, Reader *reader, Doc *doc,
                     const KeyTable *table, void *object) _must_check_;
