// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/* How many CPUs "0-3,8" names; -EINVAL, -ENOTUNIQ when one stands twice. */
int cpu_list_count(const char *s, unsigned *ret) _must_check_;
