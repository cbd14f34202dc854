// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/json.h"
#include "emit/text.h"
#include "model/finding.h"

/* By severity; those less severe than `least` are left out. Empty where there is nothing to say. What
 * `diag` (sorted; may be NULL) remarked on a file shows the line with a caret. */
void findings_text(const FindingList *list, const Diag *diag, Severity least,
                   const TextFormat *format, StrBuf *out);

/* "2 errors, 1 warning"; "nothing wrong" where there are neither. */
void findings_counts(const FindingList *list, StrBuf *out);

/* Those that are as severe as `least` or worse. */
Json *findings_json(const FindingList *list, Severity least);
