// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/root-internal.h"

int root_dir_open(Root *root, const char *path, RootDir *ret)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_PATH | O_DIRECTORY);
        _cleanup_free_ char *name = NULL;
        int r;

        if (fd < 0)
                return fd;
        if (root->observer) {
                r = root_canonical(root, path, &name);
                if (r < 0)
                        return r;
                r = root_tell(root, ROOT_ENTRY_DIR, name, NULL, 0);
                if (r < 0)
                        return r;
        } else {
                name = strdup(path);
                if (!name)
                        return -ENOMEM;
        }
        *ret = (RootDir){ .root = root, .fd = TAKE_FD(fd), .path = TAKE_PTR(name) };
        return 0;
}

void root_dir_done(RootDir *dir)
{
        dir->fd = safe_close(dir->fd);
        free(TAKE_PTR(dir->path));
}

static int tell_below(const RootDir *dir, RootEntry type, const char *name, const char *data,
                      size_t n)
{
        _cleanup_free_ char *path = NULL;

        if (!dir->root->observer)
                return 0;
        path = format_string("%s/%s", dir->path, name);
        return path ? root_tell(dir->root, type, path, data, n) : -ENOMEM;
}

int root_dir_open_at(const RootDir *parent, const char *name, RootDir *ret)
{
        _cleanup_close_ int fd =
                openat(parent->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        _cleanup_free_ char *path = NULL;
        int r;

        if (fd < 0)
                return -errno;
        path = format_string("%s/%s", parent->path, name);
        if (!path)
                return -ENOMEM;
        r = root_tell(parent->root, ROOT_ENTRY_DIR, path, NULL, 0);
        if (r < 0)
                return r;
        *ret = (RootDir){ .root = parent->root, .fd = TAKE_FD(fd), .path = TAKE_PTR(path) };
        return 0;
}

int root_dir_read(const RootDir *dir, const char *name, char *buf, size_t size)
{
        _cleanup_close_ int fd = openat(dir->fd, name, ROOT_READ_FLAGS | O_NOFOLLOW | O_CLOEXEC);
        size_t n = 0;
        int r;

        if (fd < 0)
                return -errno;
        r = root_read_raw(fd, buf, size, &n);
        if (r >= 0)
                r = tell_below(dir, ROOT_ENTRY_FILE, name, buf, n);
        return r < 0 ? r : root_finish_attribute(buf, size, n);
}

int root_dir_read_link(const RootDir *dir, const char *name, char *buf, size_t size)
{
        ssize_t n = readlinkat(dir->fd, name, buf, size);
        int r;

        if (n < 0)
                return -errno;
        if ((size_t)n == size)
                return -E2BIG;
        buf[n] = '\0';
        r = tell_below(dir, ROOT_ENTRY_LINK, name, buf, (size_t)n);
        return r < 0 ? r : 0;
}

bool root_dir_exists(const RootDir *dir, const char *name)
{
        struct stat st;

        if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return false;
        if (!S_ISLNK(st.st_mode))
                (void)!tell_below(dir, S_ISDIR(st.st_mode) ? ROOT_ENTRY_DIR : ROOT_ENTRY_FILE, name,
                                  NULL, 0);
        return true;
}

/* Tells of an entry of a folder that was listed, so that listing the capture gives the same. */
static int tell_entry(const RootDir *dir, const char *name)
{
        _cleanup_free_ char *path = format_string("%s/%s", dir->path, name);
        char target[PATH_MAX];
        struct stat st;
        ssize_t n;

        if (!path)
                return -ENOMEM;
        if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return 0; /* gone since it was listed */
        if (S_ISDIR(st.st_mode))
                return root_tell(dir->root, ROOT_ENTRY_DIR, path, NULL, 0);
        if (!S_ISLNK(st.st_mode))
                return root_tell(dir->root, ROOT_ENTRY_FILE, path, NULL, 0);
        n = readlinkat(dir->fd, name, target, sizeof(target) - 1);
        if (n < 0)
                return 0;
        target[n] = '\0';
        return root_tell(dir->root, ROOT_ENTRY_LINK, path, target, (size_t)n);
}

static int list_open(const RootDir *dir, DIR *d, const char *prefix, StrList *ret)
{
        for (;;) {
                struct dirent *e;
                int r;

                errno = 0;
                e = readdir(d);
                if (!e)
                        return -errno;
                if (e->d_name[0] == '.' || !startswith(e->d_name, prefix))
                        continue;
                r = str_list_add(ret, e->d_name);
                if (r >= 0 && dir->root->observer)
                        r = tell_entry(dir, e->d_name);
                if (r < 0)
                        return r;
        }
}

int root_dir_list_prefix(const RootDir *dir, const char *prefix, StrList *ret)
{
        _cleanup_close_ int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_closedir_ DIR *d = NULL;
        int r;

        if (fd < 0)
                return -errno;
        d = fdopendir(fd);
        if (!d)
                return -errno;
        TAKE_FD(fd);
        r = list_open(dir, d, prefix, ret);
        if (r < 0)
                return r;
        str_list_sort(ret);
        return 0;
}

int root_dir_list(const RootDir *dir, StrList *ret)
{
        return root_dir_list_prefix(dir, "", ret);
}
