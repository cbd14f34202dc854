// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"

/* Loads a driver in a process of its own: a module that never comes back then costs a deadline and not the
 * caller. Why it is not loaded is added to `why`. */
int driver_load_apart(const char *driver, StrBuf *why) _must_check_;
