// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <jansson.h>

#include "model/run-record.h"
#include "util/buf.h"

/* The keys of a record and the types of their values: -EBADMSG, and `why` says "health.port: missing".
 * What the values mean together is not looked at. */
int record_keys_read(json_t *map, RunRecord *record, StrBuf *why) _must_check_;

/* NULL when memory is short, and for text that is no UTF-8. */
json_t *record_keys_write(const RunRecord *record) _must_check_;
