// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/plan.h"
#include "util/buf.h"

/*
 * A file for host.d, every line of it a comment: "# " and a word begin prose, "#" and anything else a
 * line to be uncommented. The plans are those of this machine with every GPU declared as passthrough,
 * and as vgpu, and everything allowed: their verdicts say which of them could go, and which be split.
 * `obstacles` are findings of a plan in which no GPU stays for the console: what the host lacks.
 */
void suggest_text(const Plan *whole, const Plan *split, const FindingList *obstacles, StrBuf *out);
