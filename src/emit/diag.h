// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/text.h"
#include "util/diag.h"

/* Remarks on files as diag_item_format() has them, with what is untrusted escaped, and in colour. */
void diag_text(const Diag *diag, Severity least, const TextFormat *format, StrBuf *out);

/* The line with a caret below the place, and the hint; nothing where neither is known. */
void diag_source_text(const DiagItem *item, size_t indent, const TextFormat *format, StrBuf *out);
