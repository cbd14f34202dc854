// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/pe.h"

#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

/* Offsets within the file, its headers, and a row of the table of sections. */
enum {
        DOS_NEW_HEADER = 0x3c,
        COFF_SECTIONS = 4 + 2,
        COFF_OPTIONAL_SIZE = 4 + 16,
        COFF_SIZE = 4 + 20, /* with the signature before it */
        SECTION_NAME_MAX = 8,
        SECTION_VIRTUAL_SIZE = 8,
        SECTION_RAW_SIZE = 16,
        SECTION_RAW_OFFSET = 20,
        SECTION_SIZE = 40,
};

static uint32_t u32(const char *p)
{
        uint32_t v;

        memcpy(&v, p, sizeof(v));
        return le32toh(v);
}

static uint16_t u16(const char *p)
{
        uint16_t v;

        memcpy(&v, p, sizeof(v));
        return le16toh(v);
}

/* Where the table of sections is, within the file as a whole. */
static int find_table(const char *data, size_t n, const char **ret, size_t *ret_rows)
{
        size_t header, table, rows;

        if (n < DOS_NEW_HEADER + sizeof(uint32_t) || memcmp(data, "MZ", 2) != 0)
                return -EBADMSG;
        header = u32(data + DOS_NEW_HEADER);
        if (header > n || n - header < COFF_SIZE || memcmp(data + header, "PE\0", 4) != 0)
                return -EBADMSG;
        rows = u16(data + header + COFF_SECTIONS);
        table = header + COFF_SIZE + u16(data + header + COFF_OPTIONAL_SIZE);
        if (table > n || (n - table) / SECTION_SIZE < rows)
                return -EBADMSG;
        *ret = data + table;
        *ret_rows = rows;
        return 0;
}

int pe_find_section(const char *data, size_t n, const char *name, const char **ret,
                    size_t *ret_size)
{
        const char *row;
        size_t rows;
        int r = find_table(data, n, &row, &rows);

        for (; r >= 0 && rows > 0; rows--, row += SECTION_SIZE) {
                size_t offset = u32(row + SECTION_RAW_OFFSET), size = u32(row + SECTION_RAW_SIZE);
                size_t used = u32(row + SECTION_VIRTUAL_SIZE);

                if (strncmp(row, name, SECTION_NAME_MAX) != 0)
                        continue;
                if (offset > n || n - offset < size)
                        return -EBADMSG;
                *ret = data + offset;
                *ret_size = used < size ? used : size; /* the rest is padding */
                return 0;
        }
        return r < 0 ? r : -ENOENT;
}
