// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/block.h"

#include "host/attributes.h"
#include "host/mounts.h"
#include "host/note.h"
#include "host/protect.h"

enum { MAX_DEVICES = 1024, MAX_BELOW = 1024, MAX_BLOCKS = 65536 };

/* These have no disk. What they have instead hangs on the default route's card, or on nothing. */
static const char *const diskless[] = {
        "tmpfs", "ramfs", "rootfs", "nfs", "nfs4", "cifs", "ceph", "9p", "virtiofs", "autofs",
};

typedef struct Search {
        Root *root;
        Machine *m;
        const char *what; /* "/", "swap" */
        StrList *visited; /* names: a device is looked at once, even one that is made of itself */
} Search;

static int protect_device(const Search *s, const char *path);

/* Protects what an entry of sys/class/block stands on; 0 where there is no such block device. */
static int protect_name(const Search *s, const char *name)
{
        _cleanup_free_ char *path = format_string("sys/class/block/%s", name);

        if (!path)
                return -ENOMEM;
        return strchr(name, '/') || !text_is_plain(name, "") ? 0 : protect_device(s, path);
}

/* dm, md and bcache tell what they are made of; a partition of theirs leaves that to the whole. */
static int protect_slaves(const Search *s, const char *folder)
{
        _cleanup_free_ char *path = format_string("%s/slaves", folder);
        _cleanup_str_list_ StrList names = {};
        int n = 0, r = path ? root_list(s->root, path, &names) : -ENOMEM;

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n && i < MAX_BELOW; i++) {
                r = protect_name(s, names.items[i]);
                if (r < 0)
                        return r;
                n += r;
        }
        return n;
}

/* The head of multipath NVMe is virtual; its subsystem links to the controllers. */
static int protect_controllers(const Search *s, const char *path, const char *name)
{
        const char *begin = strstr(path, "nvme-subsystem/");
        _cleanup_free_ char *folder = NULL, *why = NULL;
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};
        int n = 0, r;

        if (!begin)
                return 0;
        begin += strlen("nvme-subsystem/");
        folder = format_string("sys/devices/virtual/nvme-subsystem/%.*s", (int)strcspn(begin, "/"),
                               begin);
        why = format_string("holds %s (%s)", s->what, name);
        r = folder && why ? root_dir_open(s->root, folder, &dir) : -ENOMEM;
        if (r >= 0)
                r = root_dir_list_prefix(&dir, "nvme", &names);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n && i < MAX_BELOW; i++) {
                char target[4096];

                if (root_dir_read_link(&dir, names.items[i], target, sizeof(target)) < 0)
                        continue;
                r = protect_path(s->m, target, why);
                if (r < 0)
                        return r;
                n += r;
        }
        return n;
}

/* `path` is a link to a block device's folder. Returns how many functions it protected. */
static int protect_device(const Search *s, const char *path)
{
        _cleanup_free_ char *target = NULL, *why = NULL, *whole = NULL;
        const char *name;
        int r;

        r = root_read_link(s->root, path, &target);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        name = strrchr(target, '/');
        if (!name || !text_is_plain(target, "") || s->visited->n > MAX_DEVICES ||
            str_list_contains(s->visited, name + 1))
                return 0;
        r = str_list_add(s->visited, name + 1);
        if (r < 0)
                return r;
        why = format_string("holds %s (%s)", s->what, name + 1);
        whole = format_string("%s/..", path);
        if (!why || !whole)
                return -ENOMEM;
        r = protect_path(s->m, target, why);
        if (r == 0)
                r = protect_controllers(s, target, name + 1);
        if (r == 0)
                r = protect_slaves(s, path);
        return r == 0 ? protect_slaves(s, whole) : r;
}

static int protect_number(const Search *s, const Mount *mount)
{
        char path[sizeof("sys/dev/block/:") + 2 * sizeof("4294967295")];

        (void)snprintf(path, sizeof(path), "sys/dev/block/%u:%u", mount->major, mount->minor);
        return protect_device(s, path);
}

/* "/dev/mapper/vg0-root" is a link in /dev, where a capture has nothing: dm devices tell their names. */
static int find_mapped(const Search *s, const char *name, char **ret)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};
        int r = root_dir_open(s->root, "sys/class/block", &dir);

        if (r >= 0)
                r = root_dir_list_prefix(&dir, "dm-", &names);
        if (r < 0)
                return r;
        for (size_t i = 0; i < names.n; i++) {
                char path[320], known[256];

                (void)snprintf(path, sizeof(path), "sys/class/block/%s/dm/name", names.items[i]);
                if (root_read(s->root, path, known, sizeof(known)) >= 0 && streq(known, name)) {
                        *ret = TAKE_PTR(names.items[i]);
                        return 0;
                }
        }
        return -ENOENT;
}

/* The kernel's name of the device that a mount names. */
static int find_name(const Search *s, const char *source, char **ret)
{
        const char *name = startswith(source, "/dev/");
        const char *mapped = name ? startswith(name, "mapper/") : NULL;

        if (!name)
                return -ENOENT;
        if (mapped)
                return find_mapped(s, mapped, ret);
        *ret = strdup(name);
        return *ret ? 0 : -ENOMEM;
}

/* All devices of a btrfs, if `member` is one of them. */
static int protect_btrfs(const Search *s, const char *uuid, const char *member)
{
        _cleanup_free_ char *folder = format_string("sys/fs/btrfs/%s/devices", uuid);
        _cleanup_str_list_ StrList names = {};
        int n = 0, r = folder ? root_list(s->root, folder, &names) : -ENOMEM;

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        if (!str_list_contains(&names, member))
                return 0;
        for (size_t i = 0; i < names.n && i < MAX_BELOW; i++) {
                r = protect_name(s, names.items[i]);
                if (r < 0)
                        return r;
                n += r;
        }
        return n;
}

static int protect_companions(const Search *s, const char *member)
{
        _cleanup_str_list_ StrList uuids = {};
        int n = 0, r = root_list(s->root, "sys/fs/btrfs", &uuids);

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; n == 0 && i < uuids.n && i < MAX_BELOW; i++) {
                n = protect_btrfs(s, uuids.items[i], member);
                if (n < 0)
                        return n;
        }
        return n;
}

/* One device, or with bcachefs several: "/dev/sda:/dev/sdb". */
static int protect_sources(const Search *s, const Mount *mount)
{
        _cleanup_free_ char *sources = strdup(mount->source);
        char *rest = sources, *source;
        int n = 0;

        if (!sources)
                return -ENOMEM;
        while ((source = strsep(&rest, ":"))) {
                _cleanup_free_ char *name = NULL;
                int r = find_name(s, source, &name);

                if (r >= 0)
                        r = protect_name(s, name);
                n += r > 0 ? r : 0;
                if (r >= 0 && streq(mount->type, "btrfs"))
                        r = protect_companions(s, name);
                if (r == -ENOMEM)
                        return r;
                n += r > 0 ? r : 0;
        }
        return n;
}

static bool is_diskless(const char *type)
{
        for (size_t i = 0; i < ARRAY_SIZE(diskless); i++)
                if (streq(type, diskless[i]))
                        return true;
        return false;
}

/* ZFS and overlays do not say which disks they are on. Then none may leave. */
static int protect_all_disks(const Search *s, const Mount *mount)
{
        _cleanup_free_ char *why = format_string("may hold %s (%s)", s->what,
                                                 *mount->type ? mount->type : mount->source);
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};
        int r = why ? root_dir_open(s->root, "sys/class/block", &dir) : -ENOMEM;

        if (r >= 0)
                r = root_dir_list(&dir, &names);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < names.n && i < MAX_BLOCKS; i++) {
                char target[4096];

                if (root_dir_read_link(&dir, names.items[i], target, sizeof(target)) >= 0)
                        r = protect_path(s->m, target, why);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int protect_mount(const Search *s, const Mount *mount)
{
        int r = mount->major > 0 ? protect_number(s, mount) : 0;

        if (r == 0)
                r = protect_sources(s, mount);
        if (r == 0 && !is_diskless(mount->type))
                r = protect_all_disks(s, mount);
        return r < 0 ? r : 0;
}

int block_protect(Root *root, const MachineWants *wants, Machine *m)
{
        _cleanup_mount_list_ MountList mounts = {};
        int r = mounts_read(root, m, &mounts);

        for (size_t i = 0; r >= 0 && i < mounts.n; i++) {
                _cleanup_str_list_ StrList visited = {};
                const Search s = {
                        .root = root,
                        .m = m,
                        .what = mounts.items[i].point,
                        .visited = &visited,
                };

                r = protect_mount(&s, mounts.items + i);
        }
        if (r < 0)
                return r;
        protections_sort(m);
        return 0;
}
