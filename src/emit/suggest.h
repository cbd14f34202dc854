// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/plan.h"
#include "util/buf.h"

/*
 * A file for host.d, every line of it a comment: "# " and a word begin prose, "#" and anything else a
 * line to be uncommented. `plan` is the plan of this machine with every GPU declared as passthrough and
 * everything allowed, so that its verdicts say which of them could go.
 */
void suggest_text(const Plan *plan, StrBuf *out);
