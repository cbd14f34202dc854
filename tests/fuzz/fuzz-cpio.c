// SPDX-License-Identifier: LGPL-2.1-or-later
/* Archives of an initramfs: whatever comes, entries are whole and bounded, it does not matter in how
 * large pieces the input is read, and what was seen can be written and is seen again. */
#include <stdlib.h>

#include "fuzz.h"
#include "util/cpio.h"

typedef struct Input {
        const uint8_t *data;
        size_t size, at, piece;
} Input;

static ssize_t read_piece(void *userdata, void *buf, size_t n)
{
        Input *in = userdata;

        if (n > in->piece)
                n = in->piece;
        if (n > in->size - in->at)
                n = in->size - in->at;
        if (n > 0)
                memcpy(buf, in->data + in->at, n);
        in->at += n;
        return (ssize_t)n;
}

static bool wants(void *userdata, const CpioEntry *entry)
{
        HOLDS(entry->size <= CPIO_DATA_MAX && !entry->data);
        return entry->size % 3 != 1;
}

static int saw(void *userdata, const CpioEntry *entry)
{
        HOLDS(strlen(entry->name) < CPIO_NAME_MAX);
        HOLDS(entry->name[0] != '/' && strncmp(entry->name, "./", 2) != 0);
        HOLDS(!entry->data || entry->data[entry->size] == '\0');
        cpio_add(userdata, entry);
        return 0;
}

static int read_all_of(const uint8_t *data, size_t size, size_t piece, StrBuf *seen, CpioEnd *end)
{
        Input in = { .data = data, .size = size, .piece = piece };

        return cpio_read(&(CpioSource){ read_piece, &in }, &(CpioVisitor){ wants, saw, seen }, end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_str_buf_ StrBuf seen = {}, bytewise = {}, again = {};
        CpioEnd end = {}, end_bytewise = {};
        int r = read_all_of(data, size, SIZE_MAX, &seen, &end);

        HOLDS(read_all_of(data, size, 1, &bytewise, &end_bytewise) == r);
        HOLDS(seen.len == bytewise.len &&
              memcmp(str_buf_get(&seen), str_buf_get(&bytewise), seen.len) == 0);
        HOLDS(end.more == end_bytewise.more && end.offset == end_bytewise.offset);
        HOLDS(end.offset <= size);
        if (r < 0)
                return 0;
        cpio_add(&seen, NULL);
        HOLDS(read_all_of((const uint8_t *)seen.data, seen.len, SIZE_MAX, &again, &end) == 0);
        HOLDS(!end.more);
        return 0;
}
