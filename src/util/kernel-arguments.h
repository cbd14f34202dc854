// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"
#include "util/str.h"

/* The kernel's words: parted at white space outside double quotes, quotes around a word or a value
 * taken off, nothing after a lone "--" (that is for init). Appends to *ret. */
int kernel_arguments_split(const char *line, StrList *ret) _must_check_;

/* A word behind a line, quoted so that the above reads it back. -EINVAL: it cannot be written: the kernel
 * knows no escape for a quote. */
int kernel_arguments_add(StrBuf *line, const char *word) _must_check_;

/* A word a line, for files of our own. */
int kernel_arguments_render(const StrList *words, char **ret) _must_check_;
