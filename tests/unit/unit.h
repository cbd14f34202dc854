// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What cmocka wants before its own header, in the order in which it wants it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/macros.h"
