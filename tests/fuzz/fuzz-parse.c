// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sizes, durations and numbers: what parses is printed so that it parses to the same. */
#include "fuzz.h"
#include "util/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *s = fuzz_string(data, size);
        char size_text[FORMAT_SIZE_MAX], duration_text[FORMAT_DURATION_MAX];
        uint64_t value, again;
        bool flag;

        if (parse_size(s, &value) >= 0)
                HOLDS(parse_size(format_size(value, size_text), &again) >= 0 && again == value);
        if (parse_duration(s, &value) >= 0)
                HOLDS(parse_duration(format_duration(value, duration_text), &again) >= 0 &&
                      again == value);
        (void)!parse_u64(s, &value);
        (void)!parse_hex(s, 16, &value);
        (void)!parse_bool(s, &flag);
        return 0;
}
