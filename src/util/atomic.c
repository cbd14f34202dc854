// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/atomic.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/fd.h"

/* Where a path's last component begins; what stands before it, without slashes, in *ret_parent. */
static int split(const char *path, char **ret_parent, const char **ret_name)
{
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        size_t n = slash ? (size_t)(slash - path) : 0;

        if (!*name || streq(name, ".") || streq(name, ".."))
                return -EINVAL;
        while (n > 0 && path[n - 1] == '/')
                n--;
        *ret_parent = strndup(path, n);
        *ret_name = name;
        return *ret_parent ? 0 : -ENOMEM;
}

static int sync_fd(int fd)
{
        return fsync(fd) < 0 ? -errno : 0;
}

static int make_below(int parent, const char *name)
{
        if (mkdirat(parent, name, 0755) < 0)
                return errno == EEXIST ? 0 : -errno;
        return sync_fd(parent);
}

/* Opens the folder in which `path` stands, which is made if need be. */
static int open_parent(Root *root, const char *path, const char **ret_name)
{
        _cleanup_free_ char *parent = NULL;
        int fd, r = split(path, &parent, ret_name);

        if (r < 0)
                return r;
        fd = root_open_file(root, parent, O_RDONLY | O_DIRECTORY);
        if (fd != -ENOENT)
                return fd;
        r = root_make_dir(root, parent);
        return r < 0 ? r : root_open_file(root, parent, O_RDONLY | O_DIRECTORY);
}

int root_make_dir(Root *root, const char *path)
{
        _cleanup_close_ int parent = -EBADF, fd = root_open_file(root, path, O_PATH | O_DIRECTORY);
        const char *name;
        int r;

        if (fd >= 0)
                return 0;
        if (fd != -ENOENT)
                return fd;
        parent = open_parent(root, path, &name);
        if (parent < 0)
                return parent;
        r = make_below(parent, name);
        if (r < 0)
                return r;
        /* A dangling link is there, too, and leads nowhere. */
        fd = root_open_file(root, path, O_PATH | O_DIRECTORY);
        return fd < 0 ? fd : 0;
}

/* The mode and owner that the new file gets; -ELOOP where a link is in the way. */
static int look_at_former(int folder, const char *name, mode_t mode, struct stat *ret)
{
        struct stat st = { .st_mode = 0644, .st_uid = geteuid(), .st_gid = getegid() };

        if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
                return -errno;
        if (S_ISLNK(st.st_mode))
                return -ELOOP;
        if (mode != ROOT_MODE_KEEP)
                st.st_mode = mode;
        *ret = st;
        return 0;
}

static int fill(int fd, const char *text, size_t n, const struct stat *as)
{
        int r = write_all(fd, text, n);

        if (r < 0)
                return r;
        if ((as->st_uid != geteuid() || as->st_gid != getegid()) &&
            fchown(fd, as->st_uid, as->st_gid) < 0)
                return -errno;
        if (fchmod(fd, as->st_mode & 07777) < 0)
                return -errno;
        return sync_fd(fd);
}

/* It does not vary, so that what a killed run left behind is found by the next. */
static char *temporary_name(const char *name)
{
        return format_string(".%s.gpuhost-new", name);
}

static int replace(int folder, const char *name, const char *text, size_t n, const struct stat *as)
{
        _cleanup_free_ char *temporary = temporary_name(name);
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!temporary)
                return -ENOMEM;
        if (unlinkat(folder, temporary, 0) < 0 && errno != ENOENT)
                return -errno;
        fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = fill(fd, text, n, as);
        if (r >= 0 && renameat(folder, temporary, folder, name) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(folder, temporary, 0);
        return r < 0 ? r : sync_fd(folder);
}

int root_write_atomic(Root *root, const char *path, const char *text, size_t n, mode_t mode)
{
        const char *name;
        _cleanup_close_ int folder = open_parent(root, path, &name);
        struct stat as = {};
        int r;

        if (folder < 0)
                return folder;
        r = look_at_former(folder, name, mode, &as);
        return r < 0 ? r : replace(folder, name, text, n, &as);
}

static int unlink_sync(int folder, const char *name)
{
        if (unlinkat(folder, name, 0) < 0)
                return errno == ENOENT ? 0 : -errno;
        return sync_fd(folder);
}

/* The folder in which `path` stands; -ENOENT where there is none. */
static int find_parent(Root *root, const char *path, const char **ret_name)
{
        _cleanup_free_ char *parent = NULL;
        int r = split(path, &parent, ret_name);

        return r < 0 ? r : root_open_file(root, parent, O_RDONLY | O_DIRECTORY);
}

int root_write_clean(Root *root, const char *path)
{
        const char *name;
        _cleanup_close_ int folder = find_parent(root, path, &name);
        _cleanup_free_ char *temporary = folder < 0 ? NULL : temporary_name(name);

        if (folder < 0)
                return folder == -ENOENT ? 0 : folder;
        return temporary ? unlink_sync(folder, temporary) : -ENOMEM;
}

int root_unlink_sync(Root *root, const char *path)
{
        const char *name;
        _cleanup_close_ int folder = find_parent(root, path, &name);

        if (folder < 0)
                return folder == -ENOENT ? 0 : folder;
        return unlink_sync(folder, name);
}
