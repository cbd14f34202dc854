// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"
#include "util/root.h"

/* What was seen of a root so far, to be written as host.tree. Other readers than host/'s own may add
 * to it: config/ does, so that a capture plans offline. */
typedef struct Capture Capture;

int capture_new(Root *root, Capture **ret) _must_check_; /* observes the root until it is freed */
Capture *capture_free(Capture *capture);
DEFINE_CLEANUP(Capture *, capture_free)

/* Sorted and redacted: the same machine gives the same bytes, and a capture of a capture is itself. */
int capture_format(Capture *capture, StrBuf *out) _must_check_;

/* All facts of host/ in one go. */
int capture_write(Root *root, StrBuf *out) _must_check_;
