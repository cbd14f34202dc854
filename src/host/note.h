// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"

/* Takes note of a path that could not be read, unless it just is not there. Returns 0, so that the
 * reader goes on, or -ENOMEM (also as `error`). */
int note_unseen(Machine *m, const char *path, int error) _must_check_;
