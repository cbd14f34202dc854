// SPDX-License-Identifier: LGPL-2.1-or-later
/* Files that UEFI is to run: a section that is found lies within the file. */
#include "fuzz.h"
#include "util/pe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *bytes = (const char *)data, *section = NULL;
        size_t n = 0;
        int r = pe_find_section(bytes, size, ".cmdline", &section, &n);

        HOLDS(r == 0 || r == -EBADMSG || r == -ENOENT);
        if (r < 0)
                return 0;
        HOLDS(section >= bytes && n <= size && (size_t)(section - bytes) <= size - n);
        return 0;
}
