// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/run-record.h"
#include "util/buf.h"
#include "util/root.h"

/*
 * What a start of that VM would come to now: nothing is claimed, made, opened or changed for it. What is
 * only known then stands there as it is thought of before: a free port of the host is 0, and the address on
 * vsock is the first that would be tried. On another root than this machine's QEMU is the newest known, and
 * the host has no ID. -ECANCELED: it would be refused, and *why says why.
 */
int foresee(Root *root, const char *name, RunRecord *ret, StrBuf *why) _must_check_;
