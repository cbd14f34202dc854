// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/diag.h"
#include "util/root.h"

/* Gives the remarks from `first` on the lines that they are about. Files are read again for that: what
 * is right, nearly always all, then need not be kept. */
void diag_add_sources(Diag *diag, size_t first, Root *root);
