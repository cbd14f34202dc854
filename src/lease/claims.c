// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lease/claims.h"

#include <sys/file.h>

#include "util/atomic.h"
#include "util/buf.h"
#include "util/fd.h"
#include "util/parse.h"

enum { MAX_TEXT = 4096, PATH_SIZE = sizeof(LEASE_CLAIMS "/") + LEASE_NAME_MAX };

static int add(LeaseList *list, const char *name, bool shared)
{
        for (size_t i = 0; i < list->n; i++)
                if (streq(list->items[i].name, name))
                        return 0;
        if (!GROW(list->items, list->n))
                return -ENOMEM;
        list->items[list->n] = (Lease){ .shared = shared, .fd = -EBADF };
        (void)snprintf(list->items[list->n++].name, LEASE_NAME_MAX, "%s", name);
        return 0;
}

int lease_list_add(LeaseList *list, PciAddress address, bool shared)
{
        char name[PCI_ADDRESS_MAX];

        return add(list, pci_address_format(address, name), shared);
}

int lease_list_add_group(LeaseList *list, int32_t group, bool shared)
{
        char name[LEASE_NAME_MAX];

        (void)snprintf(name, sizeof(name), "group-%d", group);
        return add(list, name, shared);
}

static void unlock_all(LeaseList *list)
{
        for (size_t i = 0; i < list->n; i++)
                list->items[i].fd = safe_close(list->items[i].fd);
}

void lease_list_done(LeaseList *list)
{
        unlock_all(list);
        free(list->items);
        *list = (LeaseList){};
}

static const char *path_of(const char *name, char buf[static PATH_SIZE])
{
        (void)snprintf(buf, PATH_SIZE, LEASE_CLAIMS "/%.*s", LEASE_NAME_MAX - 1, name);
        return buf;
}

/* A line each. */
static int read_holders(Root *root, const char *name, StrList *ret)
{
        char path[PATH_SIZE];
        _cleanup_free_ char *text = NULL;
        char *rest, *line;
        int r = root_read_file(root, path_of(name, path), MAX_TEXT, &text, NULL);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        rest = text;
        while ((line = strsep(&rest, "\n"))) {
                r = *line ? str_list_add(ret, line) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int write_holders(Root *root, const char *name, const StrList *holders)
{
        _cleanup_str_buf_ StrBuf text = {};
        char path[PATH_SIZE];

        if (holders->n == 0)
                return root_unlink_sync(root, path_of(name, path));
        for (size_t i = 0; i < holders->n; i++)
                str_buf_printf(&text, "%s\n", holders->items[i]);
        if (text.failed)
                return -ENOMEM;
        return root_write_atomic(root, path_of(name, path), str_buf_get(&text), text.len, 0644);
}

static char *join(const StrList *holders)
{
        _cleanup_str_buf_ StrBuf s = {};

        for (size_t i = 0; i < holders->n; i++)
                str_buf_printf(&s, "%s%s", i > 0 ? ", " : "", holders->items[i]);
        return str_buf_take(&s);
}

static int try_lock(int fd, bool shared)
{
        if (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;
        return 0;
}

static int find_holder(Root *root, const char *name, char **ret)
{
        _cleanup_str_list_ StrList holders = {};
        int r = read_holders(root, name, &holders);

        if (r < 0)
                return r;
        *ret = holders.n > 0 ? join(&holders) : NULL;
        return holders.n > 0 && !*ret ? -ENOMEM : 0;
}

static int lock_one(Root *root, Lease *lease, char **ret_holder)
{
        int h, r;

        lease->fd = lease_open(root, lease->name);
        if (lease->fd < 0)
                return lease->fd;
        r = try_lock(lease->fd, lease->shared);
        if (r != -EBUSY)
                return r;
        h = find_holder(root, lease->name, ret_holder);
        return h == -ENOMEM ? h : r;
}

/* What others of a shared one have said stays. */
static int sign(Root *root, const Lease *lease, const char *instance)
{
        _cleanup_str_list_ StrList holders = {};
        int r = lease->shared ? read_holders(root, lease->name, &holders) : 0;

        if (r >= 0 && !str_list_contains(&holders, instance))
                r = str_list_add(&holders, instance);
        return r < 0 ? r : write_holders(root, lease->name, &holders);
}

static int compare_leases(const void *a, const void *b)
{
        return strcmp(((const Lease *)a)->name, ((const Lease *)b)->name);
}

int lease_take(Root *root, const char *instance, LeaseList *list, const Lease **ret_taken,
               char **ret_holder)
{
        char *holder = NULL;
        int r = 0;

        if (list->n > 1)
                qsort(list->items, list->n, sizeof(Lease), compare_leases);
        for (size_t i = 0; r >= 0 && i < list->n; i++) {
                r = lock_one(root, list->items + i, &holder);
                if (r == -EBUSY) {
                        *ret_taken = list->items + i;
                        *ret_holder = holder;
                }
        }
        for (size_t i = 0; r >= 0 && i < list->n; i++)
                r = sign(root, list->items + i, instance);
        if (r >= 0)
                return 0;
        /* Those that were signed before a disk was full. */
        if (r != -EBUSY)
                (void)!lease_forget(root, instance);
        unlock_all(list);
        return r;
}

static int for_all(Root *root, int (*what)(Root *, const char *name, void *userdata),
                   void *userdata)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_list(root, LEASE_CLAIMS, &names);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; r >= 0 && i < names.n; i++)
                if (strlen(names.items[i]) < LEASE_NAME_MAX)
                        r = what(root, names.items[i], userdata);
        return r < 0 ? r : 0;
}

typedef struct Search {
        const char *instance;
        StrList *found;
} Search;

static int find_one(Root *root, const char *name, void *userdata)
{
        const Search *s = userdata;
        _cleanup_str_list_ StrList holders = {};
        int r = read_holders(root, name, &holders);

        if (r >= 0 && str_list_contains(&holders, s->instance))
                r = str_list_add(s->found, name);
        return r;
}

int lease_find(Root *root, const char *instance, StrList *ret)
{
        return for_all(root, find_one, &(Search){ instance, ret });
}

int lease_adopt(Root *root, const char *instance, LeaseList *ret)
{
        _cleanup_str_list_ StrList names = {};
        int r = lease_find(root, instance, &names);

        for (size_t i = 0; r >= 0 && i < names.n; i++)
                r = add(ret, names.items[i], false);
        for (size_t i = 0; r >= 0 && i < ret->n; i++) {
                Lease *lease = ret->items + i;

                lease->fd = lease_open(root, lease->name);
                if (lease->fd < 0)
                        return lease->fd;
                r = try_lock(lease->fd, false);
                if (r == -EBUSY) {
                        lease->fd = safe_close(lease->fd);
                        r = 0;
                }
        }
        return r < 0 ? r : 0;
}

static int forget_one(Root *root, const char *name, void *userdata)
{
        _cleanup_str_list_ StrList holders = {}, others = {};
        const char *instance = userdata;
        int r = read_holders(root, name, &holders);

        if (r < 0 || !str_list_contains(&holders, instance))
                return r;
        for (size_t i = 0; r >= 0 && i < holders.n; i++)
                if (!streq(holders.items[i], instance))
                        r = str_list_add(&others, holders.items[i]);
        return r < 0 ? r : write_holders(root, name, &others);
}

int lease_forget(Root *root, const char *instance)
{
        return for_all(root, forget_one, (char *)instance);
}

static int sweep_one(Root *root, const char *name, void *userdata)
{
        _cleanup_close_ int fd = lease_open(root, name);
        char path[PATH_SIZE];
        int r = fd < 0 ? fd : try_lock(fd, false);

        if (r < 0)
                return r == -EBUSY ? 0 : r;
        r = str_list_add(userdata, name);
        return r < 0 ? r : root_unlink_sync(root, path_of(name, path));
}

int lease_sweep(Root *root, StrList *swept)
{
        return for_all(root, sweep_one, swept);
}

int lease_parse_group(const char *name, int32_t *ret)
{
        const char *digits = startswith(name, "group-");
        uint64_t n;

        if (!digits || parse_u64(digits, &n) < 0 || n > INT32_MAX)
                return -EINVAL;
        *ret = (int32_t)n;
        return 0;
}
