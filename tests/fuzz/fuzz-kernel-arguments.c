// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel's command line: words are not empty, and no longer together than the line. */
#include "fuzz.h"
#include "util/kernel-arguments.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *line = fuzz_string(data, size);
        _cleanup_str_list_ StrList words = {};
        size_t length = 0;

        HOLDS(kernel_arguments_split(line, &words) == 0);
        for (size_t i = 0; i < words.n; i++) {
                HOLDS(*words.items[i]);
                HOLDS(strcmp(words.items[i], "--") != 0);
                length += strlen(words.items[i]) + (i > 0);
        }
        HOLDS(length <= strlen(line));
        return 0;
}
