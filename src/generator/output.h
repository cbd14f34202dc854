// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/str.h"

/* The folder that units are written to, or standard output. */
typedef struct Output {
        int dir; /* -EBADF: say what would be written */
        StrList said;
} Output;

#define OUTPUT_NONE ((Output){ .dir = -EBADF })

/* NULL: standard output. */
int output_open(const char *folder, Output *ret) _must_check_;
void output_done(Output *out);
#define _cleanup_output_ _cleanup_(output_done)

/* Both leave alone what stands there: what is written first holds. */
int output_link(Output *out, const char *target, const char *unit, const char *to) _must_check_;
int output_file(Output *out, const char *path, const char *text, size_t n) _must_check_;
int output_dropin(Output *out, const char *unit, const char *text, size_t n) _must_check_;
