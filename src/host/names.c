// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * The compiled database (sd-hwdb) can't look into a root, and loading its library costs more than all
 * else that `gpuhost list` does. The text it is compiled from is sorted, so it is bisected in place:
 *
 *      pci:v000010DE*
 *       ID_VENDOR_FROM_DATABASE=NVIDIA Corporation
 *
 *      pci:v000010DEd00002684*
 *       ID_MODEL_FROM_DATABASE=AD102 [GeForce RTX 4090]
 *
 * pci.ids is not quite sorted: a vendor is sought from the top, its devices below it.
 */
#include "host/names.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "host/attributes.h"
#include "util/buf.h"
#include "util/fd.h"

typedef struct Text {
        const char *data;
        size_t size;
} Text;

/* A part of the text that an observer is told of. */
typedef struct Range {
        size_t begin, end;
} Range;

typedef struct Found {
        Range *items;
        size_t n;
} Found;

static int map_text(Root *root, const char *path, Text *ret)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        void *p;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size <= 0)
                return -ENOENT;
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
                return -errno;
        *ret = (Text){ .data = p, .size = (size_t)st.st_size };
        return 0;
}

static size_t line_end(const Text *t, size_t at)
{
        const char *p = at < t->size ? memchr(t->data + at, '\n', t->size - at) : NULL;

        return p ? (size_t)(p - t->data) : t->size;
}

static size_t next_line(const Text *t, size_t at)
{
        size_t end = line_end(t, at);

        return end < t->size ? end + 1 : t->size;
}

/* The first line from `at` on that begins an entry, which must begin before `limit`. */
static size_t next_entry(const Text *t, size_t at, size_t limit)
{
        while (at < limit && (t->size - at < 4 || memcmp(t->data + at, "pci:", 4) != 0))
                at = next_line(t, at);
        return at < limit ? at : limit;
}

static int compare_key(const Text *t, size_t at, const char *key, size_t n_key)
{
        size_t n = line_end(t, at) - at;
        int r = memcmp(t->data + at, key, n < n_key ? n : n_key);

        return r != 0 ? r : n < n_key ? -1 : n > n_key;
}

/* Where the entry of this key begins; t->size: nowhere. */
static size_t find_entry(const Text *t, const char *key)
{
        size_t low = 0, high = t->size, n = strlen(key);

        while (low < high) {
                size_t middle = low + (high - low) / 2, at;
                int r;

                at = middle == low ? low : next_line(t, middle - 1);
                at = next_entry(t, at, high);
                if (at == high) { /* nothing begins in the upper half */
                        if (middle == low)
                                break;
                        high = middle;
                        continue;
                }
                r = compare_key(t, at, key, n);
                if (r == 0)
                        return at;
                if (r < 0)
                        low = next_line(t, at);
                else
                        high = middle == low ? low : middle;
        }
        return t->size;
}

static int note_range(Found *found, size_t begin, size_t end)
{
        if (!GROW(found->items, found->n))
                return -ENOMEM;
        found->items[found->n++] = (Range){ begin, end };
        return 0;
}

static int copy_plain(const Text *t, size_t begin, size_t end, char **ret)
{
        _cleanup_free_ char *copy = strndup(t->data + begin, end - begin);

        if (!copy)
                return -ENOMEM;
        if (text_is_plain(copy, ""))
                *ret = TAKE_PTR(copy);
        return 0;
}

static int lookup_hwdb(const Text *t, Found *found, const char *key, const char *property,
                       char **ret)
{
        size_t begin = find_entry(t, key), n = strlen(property);

        if (begin == t->size)
                return 0;
        for (size_t at = next_line(t, begin); at < t->size && t->data[at] == ' ';
             at = next_line(t, at)) {
                size_t end = line_end(t, at);
                int r;

                if (end - at <= n + 1 || memcmp(t->data + at + 1, property, n) != 0)
                        continue;
                r = note_range(found, begin, end < t->size ? end + 1 : end);
                return r < 0 ? r : copy_plain(t, at + 1 + n, end, ret);
        }
        return 0;
}

static int hwdb_names(const Text *t, Found *found, PciDevice *d)
{
        char key[sizeof("pci:v0000XXXXd0000XXXX*")];
        int r;

        (void)snprintf(key, sizeof(key), "pci:v0000%04X*", d->id.vendor);
        r = lookup_hwdb(t, found, key, "ID_VENDOR_FROM_DATABASE=", &d->vendor_name);
        if (r < 0)
                return r;
        (void)snprintf(key, sizeof(key), "pci:v0000%04Xd0000%04X*", d->id.vendor, d->id.device);
        return lookup_hwdb(t, found, key, "ID_MODEL_FROM_DATABASE=", &d->device_name);
}

/* A line that begins with `key`, between two places; `limit` where there is none. */
static size_t find_line(const Text *t, size_t at, size_t limit, const char *key)
{
        size_t n = strlen(key);

        while (at < limit && (limit - at < n || memcmp(t->data + at, key, n) != 0))
                at = next_line(t, at);
        return at < limit ? at : limit;
}

static int take_line(const Text *t, Found *found, size_t at, size_t skip, char **ret)
{
        size_t end = line_end(t, at);
        int r = note_range(found, at, end < t->size ? end + 1 : end);

        return r < 0 ? r : copy_plain(t, at + skip, end, ret);
}

static int ids_names(const Text *t, Found *found, PciDevice *d)
{
        char vendor[sizeof("10de  ")], device[sizeof("\t2684  ")];
        size_t at, end;
        int r;

        (void)snprintf(vendor, sizeof(vendor), "%04x  ", d->id.vendor);
        (void)snprintf(device, sizeof(device), "\t%04x  ", d->id.device);
        at = find_line(t, 0, t->size, vendor);
        if (at == t->size)
                return 0;
        r = take_line(t, found, at, strlen(vendor), &d->vendor_name);
        at = next_line(t, at);
        for (end = at; end < t->size && (t->data[end] == '\t' || t->data[end] == '#');)
                end = next_line(t, end);
        at = find_line(t, at, end, device);
        return r < 0 || at == end ? r : take_line(t, found, at, strlen(device), &d->device_name);
}

static int compare_ranges(const void *a, const void *b)
{
        size_t x = ((const Range *)a)->begin, y = ((const Range *)b)->begin;

        return x < y ? -1 : x > y;
}

/* What was found, in the order of the file and once each: a file that gives the same answers. */
static int tell_found(Root *root, const char *path, const Text *t, Found *found)
{
        _cleanup_str_buf_ StrBuf excerpt = {};
        size_t last = SIZE_MAX;

        if (!root_is_observed(root))
                return 0;
        if (found->n > 1)
                qsort(found->items, found->n, sizeof(Range), compare_ranges);
        for (size_t i = 0; i < found->n; i++) {
                const Range *range = found->items + i;

                if (range->begin == last)
                        continue;
                last = range->begin;
                str_buf_add_n(&excerpt, t->data + range->begin, range->end - range->begin);
        }
        if (excerpt.failed)
                return -ENOMEM;
        return root_tell_excerpt(root, path, str_buf_get(&excerpt), excerpt.len);
}

static const struct {
        const char *path;
        int (*names)(const Text *t, Found *found, PciDevice *d);
} databases[] = {
        { "usr/lib/udev/hwdb.d/20-pci-vendor-model.hwdb", hwdb_names },
        { "usr/share/misc/pci.ids",                       ids_names  },
        { "usr/share/hwdata/pci.ids",                     ids_names  },
};

int names_read(Root *root, const MachineWants *wants, Machine *m)
{
        _cleanup_free_ Range *items = NULL;
        Found found = {};
        int r = -ENOENT;
        Text t = {};
        size_t i;

        for (i = 0; i < ARRAY_SIZE(databases) && m->n_devices > 0; i++) {
                r = map_text(root, databases[i].path, &t);
                if (r >= 0)
                        break;
        }
        if (r < 0)
                return 0; /* IDs do */
        for (size_t k = 0; r >= 0 && k < m->n_devices; k++)
                r = databases[i].names(&t, &found, m->devices + k);
        if (r >= 0)
                r = tell_found(root, databases[i].path, &t, &found);
        items = found.items;
        (void)munmap((void *)t.data, t.size);
        return r;
}
