// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* PE files as small as can be: the headers, a section .other, and one named as wanted behind it. */

#include <string.h>

#include "unit.h"

enum {
        PE_HEADER = 0x40,
        PE_TABLE = PE_HEADER + 24, /* no optional header */
        PE_DATA = PE_TABLE + 2 * 40,
        PE_ALIGNED = 64,
        PE_SIZE = PE_DATA + 2 * PE_ALIGNED,
};

static inline void pe_put(char *at, unsigned value)
{
        for (int i = 0; i < 4; i++)
                at[i] = (char)(value >> 8 * i);
}

/* Without the NUL: such text ends with its room. */
static inline void pe_text(char *at, const char *text)
{
        while (*text)
                *at++ = *text++;
}

static inline void pe_row(char *row, const char *name, unsigned size, unsigned offset)
{
        pe_text(row, name);
        pe_put(row + 8, size);
        pe_put(row + 16, PE_ALIGNED);
        pe_put(row + 20, offset);
}

/* `data` has PE_SIZE bytes. */
static inline _unused_ void pe_file(char *data, const char *name, const char *text)
{
        memset(data, 0, PE_SIZE);
        pe_text(data, "MZ");
        pe_put(data + 0x3c, PE_HEADER);
        pe_text(data + PE_HEADER, "PE");
        data[PE_HEADER + 6] = 2;
        pe_row(data + PE_TABLE, ".other", PE_ALIGNED, PE_DATA);
        pe_row(data + PE_TABLE + 40, name, (unsigned)strlen(text), PE_DATA + PE_ALIGNED);
        assert_true(strlen(text) <= PE_ALIGNED);
        pe_text(data + PE_DATA + PE_ALIGNED, text);
}
