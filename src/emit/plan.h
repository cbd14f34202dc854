// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/json.h"
#include "emit/text.h"
#include "model/plan.h"

/* `findings` are those of the plan and of the files that it was made from; `diag` has the lines. */
void plan_text(const Plan *plan, const FindingList *findings, const Diag *diag,
               const TextFormat *format, StrBuf *out);
Json *plan_json(const Plan *plan, const FindingList *findings);
