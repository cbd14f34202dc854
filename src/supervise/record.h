// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "model/run-record.h"
#include "util/buf.h"
#include "util/root.h"

/* Writes run/gpuhost/start/NAME.json, whole or not at all, to be read by `uid` and nobody else. A record
 * that run_record_parse() would refuse is -EINVAL, and `why` tells. */
int run_record_write(Root *root, const RunRecord *record, uid_t uid, gid_t gid,
                     StrBuf *why) _must_check_;

/* Reads what was written under `path`. -EBADMSG: it is none, and `why` names the key. */
int run_record_read(Root *root, const char *path, RunRecord *ret, StrBuf *why) _must_check_;

/* The text alone, both ways. */
int run_record_parse(const char *text, size_t n, RunRecord *ret, StrBuf *why) _must_check_;
int run_record_format(const RunRecord *record, char **ret) _must_check_;
