// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/image.h"

#include <fcntl.h>
#include <unistd.h>

#include "claim/qcow2.h"
#include "util/fd.h"

static int link_into(int fd, int folder, const char *name)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        if (linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW) < 0)
                return errno == EEXIST ? 0 : -errno;
        return fsync(folder) < 0 ? -errno : 0;
}

static int fill(int fd, const ImageSpec *spec, uint64_t size)
{
        int r = 0;

        if (spec->format == DISK_QCOW2)
                r = qcow2_write(fd, size, spec->backing, spec->backing_format);
        else if (ftruncate(fd, (off_t)size) < 0)
                r = -errno;
        if (r < 0)
                return r;
        return fsync(fd) < 0 ? -errno : 0;
}

/* It has a name when all of it is on the disk, and none before. */
int image_create(Root *root, const ImageSpec *spec, uint64_t size)
{
        const char *path = spec->path + 1, *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;
        _cleanup_free_ char *parent = strndup(path, (size_t)(name - path));
        _cleanup_close_ int folder = -EBADF, fd = -EBADF;
        int r;

        if (!parent)
                return -ENOMEM;
        folder = root_open_file(root, *parent ? parent : ".", O_RDONLY | O_DIRECTORY);
        if (folder < 0)
                return folder;
        fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = fill(fd, spec, size);
        return r < 0 ? r : link_into(fd, folder, name);
}

/* A device may have another name by now. A name that does not begin at the root begins where the image is. */
static bool is_same(const ImageSpec *spec, const char *name)
{
        const char *wanted = spec->backing, *slash = strrchr(spec->path, '/');
        size_t folder = (size_t)(slash - spec->path) + 1;

        if (startswith(wanted, "/dev/"))
                return true;
        if (*name != '/' && strncmp(wanted, spec->path, folder) == 0)
                wanted += folder;
        return streq(wanted, name);
}

static const char *check_backing(const ImageSpec *spec, const char *name)
{
        if (name && spec->is_backing)
                return "has a backing file itself: qemu-img convert makes one file of both";
        if (name && !spec->backing)
                return "has a backing file: say which, backing: {source: …, format: …}";
        if (!name && spec->backing)
                return "has no backing file, and backing: names one";
        if (name && !is_same(spec, name))
                return "has another backing file than backing: names, as qemu-img info tells";
        return NULL;
}

static const char *check_qcow2(const ImageSpec *spec, const Qcow2 *image)
{
        if (image->external_data)
                return "has an external data file, which is not supported";
        return check_backing(spec, image->backing);
}

int image_check(int fd, const ImageSpec *spec, const char **ret_why)
{
        _cleanup_qcow2_ Qcow2 image = {};
        int r = qcow2_read(fd, &image);

        *ret_why = NULL;
        if (r < 0 && r != -EBADMSG)
                return r;
        if (spec->format == DISK_QCOW2)
                *ret_why = r == 0  ? "is no qcow2 image, as format: says"
                           : r < 0 ? "is a qcow2 image with a broken header"
                                   : check_qcow2(spec, &image);
        else if (r != 0)
                *ret_why = "is a qcow2 image, and declared as raw: say format: qcow2";
        return 0;
}

int image_size(int fd, DiskFormat format, uint64_t *ret)
{
        _cleanup_qcow2_ Qcow2 image = {};
        off_t end;
        int r;

        if (format == DISK_QCOW2) {
                r = qcow2_read(fd, &image);
                if (r <= 0)
                        return r < 0 ? r : -EBADMSG;
                *ret = image.size;
                return 0;
        }
        end = lseek(fd, 0, SEEK_END);
        if (end < 0)
                return -errno;
        *ret = (uint64_t)end;
        return 0;
}
