// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/cpio.h"

#include <string.h>

#include "util/parse.h"
#include "util/str.h"

#define TRAILER "TRAILER!!!"

/* "070701" and thirteen numbers of eight hexadecimal digits. */
enum {
        HEADER_SIZE = 110,
        FIELD_MODE = 1,
        FIELD_LINKS = 4,
        FIELD_SIZE = 6,
        FIELD_NAME_SIZE = 11,
        N_FIELDS = 13,
};

typedef struct Reader {
        const CpioSource *source;
        uint64_t offset;
        unsigned char buf[16 * 1024];
        size_t at, filled;
        size_t entries;
} Reader;

/* 1, 0 at the end, or negative. */
static int fill(Reader *r)
{
        ssize_t n;

        if (r->at < r->filled)
                return 1;
        n = r->source->read(r->source->userdata, r->buf, sizeof(r->buf));
        if (n < 0)
                return (int)n;
        r->at = 0;
        r->filled = (size_t)n;
        return n > 0;
}

/* How much of n bytes there was: less at the end alone. `out` may be NULL. */
static int take_some(Reader *r, void *out, uint64_t n, uint64_t *ret)
{
        uint64_t done = 0;

        while (done < n) {
                int k = fill(r);
                size_t part;

                if (k < 0)
                        return k;
                if (k == 0)
                        break;
                part = r->filled - r->at;
                if (part > n - done)
                        part = (size_t)(n - done);
                if (out)
                        memcpy((char *)out + done, r->buf + r->at, part);
                r->at += part;
                r->offset += part;
                done += part;
        }
        *ret = done;
        return 0;
}

static int take(Reader *r, void *out, uint64_t n)
{
        uint64_t done = 0;
        int k = take_some(r, out, n, &done);

        return k < 0 ? k : done == n ? 0 : -EBADMSG;
}

/* Headers and contents begin at multiples of four. */
static int align(Reader *r)
{
        return take(r, NULL, -r->offset & 3);
}

static int field(const char *header, unsigned i, uint64_t *ret)
{
        char digits[9] = "";

        memcpy(digits, header + CPIO_MAGIC + (size_t)i * 8, 8);
        return parse_hex(digits, 8, ret) < 0 ? -EBADMSG : 0;
}

typedef struct Header {
        uint64_t mode, links, size, name_size;
} Header;

/* What follows the magic of six bytes, which has been read. */
static int read_header(Reader *r, Header *ret)
{
        char text[HEADER_SIZE];
        int k = take(r, text + CPIO_MAGIC, HEADER_SIZE - CPIO_MAGIC);

        if (k < 0)
                return k;
        for (unsigned i = 0; i < N_FIELDS; i++) {
                uint64_t ignored;

                k = field(text, i, &ignored);
                if (k < 0)
                        return k;
        }
        if ((k = field(text, FIELD_MODE, &ret->mode)) < 0 ||
            (k = field(text, FIELD_LINKS, &ret->links)) < 0 ||
            (k = field(text, FIELD_SIZE, &ret->size)) < 0)
                return k;
        return field(text, FIELD_NAME_SIZE, &ret->name_size);
}

static const char *plain_name(const char *name)
{
        while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
                name += name[0] == '/' ? 1 : 2;
        return name;
}

static int read_data(Reader *r, const CpioVisitor *visitor, CpioEntry *entry, char **ret)
{
        _cleanup_free_ char *data = NULL;
        int k;

        if (entry->size > CPIO_DATA_MAX || !visitor->wants(visitor->userdata, entry))
                return take(r, NULL, entry->size);
        data = malloc(entry->size + 1);
        if (!data)
                return -ENOMEM;
        k = take(r, data, entry->size);
        if (k < 0)
                return k;
        data[entry->size] = '\0';
        entry->data = *ret = TAKE_PTR(data);
        return 0;
}

/* 1 goes on, 0 after the archive's last. */
static int read_entry(Reader *r, const CpioVisitor *visitor)
{
        _cleanup_free_ char *data = NULL;
        char name[CPIO_NAME_MAX];
        CpioEntry entry;
        Header h;
        int k = read_header(r, &h);

        if (k < 0)
                return k;
        if (h.name_size == 0 || h.name_size > sizeof(name))
                return -EBADMSG;
        k = take(r, name, h.name_size);
        if (k < 0)
                return k;
        if (name[h.name_size - 1])
                return -EBADMSG;
        k = align(r);
        if (k < 0)
                return k;
        if (streq(name, TRAILER))
                return 0;
        if (++r->entries > CPIO_ENTRIES_MAX)
                return -EFBIG;
        entry = (CpioEntry){ .name = plain_name(name),
                             .mode = (uint32_t)h.mode,
                             .links = (uint32_t)h.links,
                             .size = h.size };
        k = read_data(r, visitor, &entry, &data);
        if (k >= 0)
                k = visitor->saw(visitor->userdata, &entry);
        if (k >= 0)
                k = align(r);
        return k < 0 ? k : 1;
}

/* Zeroes between archives are no data. 1 when something else comes, with its first bytes. */
static int next_magic(Reader *r, unsigned char magic[static CPIO_MAGIC], uint64_t *ret_offset)
{
        uint64_t n;
        int k;

        do {
                k = fill(r);
                if (k <= 0)
                        return k;
                while (r->at < r->filled && r->buf[r->at] == 0) {
                        r->at++;
                        r->offset++;
                }
        } while (r->at == r->filled);
        *ret_offset = r->offset;
        memset(magic, 0, CPIO_MAGIC);
        k = take_some(r, magic, CPIO_MAGIC, &n);
        return k < 0 ? k : 1;
}

static bool is_archive(const unsigned char *magic)
{
        return memcmp(magic, "070701", CPIO_MAGIC) == 0 || memcmp(magic, "070702", CPIO_MAGIC) == 0;
}

int cpio_read(const CpioSource *source, const CpioVisitor *visitor, CpioEnd *ret)
{
        _cleanup_free_ Reader *r = calloc(1, sizeof(Reader));
        bool within = false; /* of an archive, which ends with its trailer */
        CpioEnd end = {};

        if (!r)
                return -ENOMEM;
        r->source = source;
        for (;;) {
                int k = next_magic(r, end.magic, &end.offset);

                if (k < 0)
                        return k;
                if (within && (k == 0 || !is_archive(end.magic)))
                        return -EBADMSG;
                if (k == 0 || !is_archive(end.magic)) {
                        end.more = k > 0;
                        *ret = end;
                        return 0;
                }
                k = read_entry(r, visitor);
                if (k < 0)
                        return k;
                within = k > 0;
        }
}

static void pad(StrBuf *archive)
{
        while (archive->len & 3)
                str_buf_add_n(archive, "", 1);
}

void cpio_add(StrBuf *archive, const CpioEntry *entry)
{
        static const CpioEntry trailer = { .name = TRAILER, .links = 1 };
        const CpioEntry *e = entry ? entry : &trailer;
        unsigned long size = e->data ? (unsigned long)e->size : 0;

        str_buf_printf(archive, "070701%08x%08x%08x%08x%08x%08x%08lx%08x%08x%08x%08x%08zx%08x", 0U,
                       e->mode, 0U, 0U, e->links, 0U, size, 0U, 0U, 0U, 0U, strlen(e->name) + 1,
                       0U);
        str_buf_add_n(archive, e->name, strlen(e->name) + 1);
        pad(archive);
        if (e->data)
                str_buf_add_n(archive, e->data, e->size);
        pad(archive);
}
