// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/qcow2.h"

#include <endian.h>
#include <unistd.h>

/*
 * docs/interop/qcow2.txt of QEMU. That is little for an empty image, so that it is written here: qemu-img
 * would open what it is made on, as root, and follow what is written there.
 */

/* All numbers are big-endian. */
typedef struct Header {
        unsigned char magic[4];
        uint32_t version;
        uint64_t backing_offset;
        uint32_t backing_length, cluster_bits;
        uint64_t size;
        uint32_t crypt_method, l1_entries;
        uint64_t l1_offset, refcounts_offset;
        uint32_t refcounts_clusters, n_snapshots;
        uint64_t snapshots_offset;
        /* from version 3 on */
        uint64_t incompatible_features, compatible_features, autoclear_features;
        uint32_t refcount_order, header_length;
} Header;

static_assert(sizeof(Header) == 104, "as in the file");

enum {
        EXTERNAL_DATA_FILE = 1 << 2,
        MAX_NAME = 1023,
        CLUSTER_BITS = 16,
        CLUSTER = 1 << CLUSTER_BITS,
        MAX_L1_ENTRIES = 4 << 20, /* 32 MiB of it, says QEMU */
        REFCOUNT_ORDER = 4,       /* 16 bits for each cluster */
};

/* What an entry of the first table stands for: a second table, which is a cluster of entries. */
static const uint64_t l1_reach = (uint64_t)CLUSTER * (CLUSTER / sizeof(uint64_t));

/* Of a header extension: the format of what the image is made on. */
static const uint32_t format_extension = UINT32_C(0xE2792ACA);

static const unsigned char magic[4] = { 'Q', 'F', 'I', 0xfb };

void qcow2_done(Qcow2 *image)
{
        free(image->backing);
        *image = (Qcow2){};
}

static int read_name(int fd, const Header *h, char **ret)
{
        uint64_t offset = be64toh(h->backing_offset);
        uint32_t length = be32toh(h->backing_length);
        char name[MAX_NAME];
        ssize_t n;

        if (length == 0 || length > MAX_NAME || offset > INT64_MAX - MAX_NAME)
                return -EBADMSG;
        n = pread(fd, name, length, (off_t)offset);
        if (n != (ssize_t)length)
                return n < 0 ? -errno : -EBADMSG;
        if (memchr(name, '\0', length))
                return -EBADMSG;
        *ret = strndup(name, length);
        return *ret ? 0 : -ENOMEM;
}

int qcow2_read(int fd, Qcow2 *ret)
{
        Header h = {};
        ssize_t n = pread(fd, &h, sizeof(h), 0);
        int r = 0;

        *ret = (Qcow2){};
        if (n < 0)
                return -errno;
        if (n < (ssize_t)sizeof(h) || memcmp(h.magic, magic, sizeof(magic)) != 0)
                return 0;
        if (h.backing_offset)
                r = read_name(fd, &h, &ret->backing);
        if (r < 0)
                return r;
        ret->size = be64toh(h.size);
        ret->external_data =
                be32toh(h.version) >= 3 && be64toh(h.incompatible_features) & EXTERNAL_DATA_FILE;
        return 1;
}

/* Header, then a table and a block of reference counts, then the first table: a cluster each, but for the
 * last. The largest has 515, of which one block of counts has the room many times. */
enum { REFCOUNT_TABLE = 1, REFCOUNT_BLOCK = 2, L1 = 3 };

typedef struct Head {
        Header header;
        uint32_t format_type, format_length;
        char format[8];
        uint32_t end_type, end_length;
        char name[MAX_NAME];
} Head;

static_assert(sizeof(Head) <= CLUSTER, "the header is one cluster");

static int write_at(int fd, const void *data, size_t n, uint64_t offset)
{
        ssize_t written = pwrite(fd, data, n, (off_t)offset);

        if (written < 0)
                return -errno;
        return written == (ssize_t)n ? 0 : -EIO;
}

static void name_backing(Head *h, const char *backing, DiskFormat format)
{
        const char *name = enum_to_string(&disk_format_table, (int)format);
        size_t n = strlen(name);

        h->format_type = htobe32(format_extension);
        h->format_length = htobe32((uint32_t)n);
        memcpy(h->format, name, n);
        memcpy(h->name, backing, strlen(backing));
        h->header.backing_offset = htobe64(offsetof(Head, name));
        h->header.backing_length = htobe32((uint32_t)strlen(backing));
}

static int write_refcounts(int fd, size_t clusters)
{
        uint64_t block = htobe64((uint64_t)REFCOUNT_BLOCK * CLUSTER);
        uint16_t counts[CLUSTER / sizeof(uint16_t)] = {};
        int r = write_at(fd, &block, sizeof(block), (uint64_t)REFCOUNT_TABLE * CLUSTER);

        for (size_t i = 0; i < clusters; i++)
                counts[i] = htobe16(1);
        return r < 0 ? r : write_at(fd, counts, sizeof(counts), (uint64_t)REFCOUNT_BLOCK * CLUSTER);
}

int qcow2_write(int fd, uint64_t size, const char *backing, DiskFormat backing_format)
{
        uint64_t sectors = size / 512 + (size % 512 > 0), entries;
        Head h = {
                .header = { .version = htobe32(3),
                           .cluster_bits = htobe32(CLUSTER_BITS),
                           .l1_offset = htobe64((uint64_t)L1 * CLUSTER),
                           .refcounts_offset = htobe64((uint64_t)REFCOUNT_TABLE * CLUSTER),
                           .refcounts_clusters = htobe32(1),
                           .refcount_order = htobe32(REFCOUNT_ORDER),
                           .header_length = htobe32(sizeof(Header)) }
        };
        size_t clusters;
        int r;

        entries = (sectors * 512 + l1_reach - 1) / l1_reach;
        if (sectors > UINT64_MAX / 512 - l1_reach || entries > MAX_L1_ENTRIES)
                return -EFBIG;
        if (backing && strlen(backing) > MAX_NAME)
                return -ENAMETOOLONG;
        memcpy(h.header.magic, magic, sizeof(magic));
        h.header.size = htobe64(sectors * 512);
        h.header.l1_entries = htobe32((uint32_t)entries);
        clusters = L1 + (size_t)((entries * sizeof(uint64_t) + CLUSTER - 1) / CLUSTER);
        if (backing)
                name_backing(&h, backing, backing_format);
        if (ftruncate(fd, (off_t)(clusters * CLUSTER)) < 0)
                return -errno;
        r = write_refcounts(fd, clusters);
        return r < 0 ? r : write_at(fd, &h, sizeof(h), 0);
}
