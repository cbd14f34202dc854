// SPDX-License-Identifier: LGPL-2.1-or-later
/* A record that is taken is written so that it is taken again; one that is not says why. */
#include "fuzz.h"
#include "supervise/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_run_record_ RunRecord record = {}, again = {};
        _cleanup_free_ char *first = NULL, *second = NULL;
        _cleanup_str_buf_ StrBuf why = {};

        if (run_record_parse((const char *)data, size, &record, &why) < 0) {
                HOLDS(why.len > 0 && !record.name);
                return 0;
        }
        HOLDS(why.len == 0 && record.argv.n > 0 && record.argv.items[0][0] == '/');
        HOLDS(record.fds.n <= RUN_FDS_MAX);
        HOLDS(run_record_format(&record, &first) >= 0);
        HOLDS(run_record_parse(first, strlen(first), &again, &why) >= 0);
        HOLDS(run_record_format(&again, &second) >= 0 && streq(first, second));
        return 0;
}
