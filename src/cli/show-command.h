// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"

/* What a VM that runs was started with, one option a line: from what its start wrote down. Of one that does
 * not, what its start would be now. */
int show_command(const Session *session, const char *name, StrBuf *out) _must_check_;
