// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/atomic.h"
#include "util/fd.h"

static int open_folder(Root *root, const char *path)
{
        return root_open_file(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

int folder_make(Root *root, const char *path, gid_t gid)
{
        _cleanup_close_ int fd = -EBADF;
        int r;

        if ((r = folder_remove(root, path)) < 0 || (r = root_make_dir(root, path)) < 0)
                return r;
        fd = open_folder(root, path);
        if (fd < 0)
                return fd;
        return fchown(fd, (uid_t)-1, gid) < 0 || fchmod(fd, 0750) < 0 ? -errno : 0;
}

int folder_write(Root *root, const char *path, const char *name, const char *text, size_t n,
                 gid_t gid)
{
        _cleanup_close_ int folder = open_folder(root, path), fd = -EBADF;
        int r;

        if (folder < 0)
                return folder;
        fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
        if (fd < 0)
                return -errno;
        r = write_all(fd, text, n);
        if (r < 0)
                return r;
        return fchown(fd, (uid_t)-1, gid) < 0 || fchmod(fd, 0440) < 0 ? -errno : 0;
}

int folder_link(Root *root, const char *path, const char *name, const char *to)
{
        _cleanup_close_ int folder = open_folder(root, path);

        if (folder < 0)
                return folder;
        return symlinkat(to, folder, name) < 0 ? -errno : 0;
}

int folder_remove(Root *root, const char *path)
{
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *parent = strndup(path, slash ? (size_t)(slash - path) : 0);
        _cleanup_close_ int folder = open_folder(root, path), above = -EBADF;
        _cleanup_str_list_ StrList names = {};
        int r;

        if (!parent)
                return -ENOMEM;
        if (folder < 0)
                return folder == -ENOENT ? 0 : folder;
        r = root_list(root, path, &names);
        for (size_t i = 0; r >= 0 && i < names.n; i++)
                if (unlinkat(folder, names.items[i], 0) < 0 && errno != ENOENT)
                        r = -errno;
        if (r < 0)
                return r;
        above = open_folder(root, parent);
        if (above < 0)
                return above;
        return unlinkat(above, slash ? slash + 1 : path, AT_REMOVEDIR) < 0 ? -errno : 0;
}
