// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/str.h"

/* The kernel's words: parted at white space outside double quotes, quotes around a word or a value
 * taken off, nothing after a lone "--" (that is for init). Appends to *ret. */
int kernel_arguments_split(const char *line, StrList *ret) _must_check_;
