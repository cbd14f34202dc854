// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <jansson.h>
#include <sys/types.h>

#include "model/run-record.h"
#include "util/buf.h"

/*
 * Ties the threads of the machine's CPUs, as query-cpus-fast tells of them, to CPUs of the host; without
 * pinning they are counted alone. A thread that is none of `pid`'s is refused: the answer is QEMU's, and
 * whoever speaks for it may name anybody's. `why` tells of -EBADMSG and of what the kernel refuses.
 */
int pin_cpus(pid_t pid, const json_t *cpus, const RunRecord *record, size_t *ret_n,
             StrBuf *why) _must_check_;
