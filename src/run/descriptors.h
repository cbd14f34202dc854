// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"
#include "util/str.h"

/*
 * The descriptors that PID 1 has kept for us, by the names that a record gives them; what it does not name
 * is closed: there are claims among them, and to hold these is not our affair. `ret` has room for all.
 * -ENOENT, -ENOTUNIQ: `why` names the one that is missing, or that is there twice.
 */
int descriptors_take(const StrList *names, int *ret, StrBuf *why) _must_check_;
void descriptors_close(int *fds, size_t n);
