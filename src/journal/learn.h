// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "journal/journal.h"

/* What one line of the journal says about how things were and what became of them. -EBADMSG for what is
 * no line of a journal; then nothing has changed. */
int journal_learn(Journal *j, const char *line) _must_check_;
