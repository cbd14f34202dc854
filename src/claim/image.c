// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/image.h"

#include <endian.h>
#include <fcntl.h>
#include <unistd.h>

#include "util/fd.h"

/* What matters of qcow2's header: docs/interop/qcow2.txt of QEMU. All numbers are big-endian. */
typedef struct Qcow2Header {
        unsigned char magic[4];
        uint32_t version;
        uint64_t backing_file_offset;
        unsigned char skipped[56];
        uint64_t incompatible_features; /* from version 3 on */
} Qcow2Header;

static_assert(offsetof(Qcow2Header, incompatible_features) == 72, "as in the file");

enum { EXTERNAL_DATA_FILE = 1 << 2 };

static int link_into(int fd, int folder, const char *name)
{
        char path[64];

        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        if (linkat(AT_FDCWD, path, folder, name, AT_SYMLINK_FOLLOW) < 0)
                return errno == EEXIST ? 0 : -errno;
        return fsync(folder) < 0 ? -errno : 0;
}

int image_create(Root *root, const char *path, uint64_t size)
{
        const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
        _cleanup_free_ char *parent = strndup(path, (size_t)(name - path));
        _cleanup_close_ int folder = -EBADF, fd = -EBADF;

        if (!parent)
                return -ENOMEM;
        folder = root_open_file(root, *parent ? parent : ".", O_RDONLY | O_DIRECTORY);
        if (folder < 0)
                return folder;
        fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0 || ftruncate(fd, (off_t)size) < 0 || fsync(fd) < 0)
                return -errno;
        return link_into(fd, folder, name);
}

static const char *check_qcow2(const Qcow2Header *h)
{
        bool external =
                be32toh(h->version) >= 3 && be64toh(h->incompatible_features) & EXTERNAL_DATA_FILE;

        if (h->backing_file_offset)
                return "has a backing file, which the VM's user could not open: qemu-img convert "
                       "makes one file of both";
        return external ? "has an external data file, which is not supported" : NULL;
}

int image_check(int fd, DiskFormat format, const char **ret_why)
{
        Qcow2Header h = {};
        ssize_t n = pread(fd, &h, sizeof(h), 0);
        bool qcow2;

        if (n < 0)
                return -errno;
        qcow2 = n == (ssize_t)sizeof(h) && memcmp(h.magic, "QFI\xfb", sizeof(h.magic)) == 0;
        if (format == DISK_QCOW2)
                *ret_why = qcow2 ? check_qcow2(&h) : "is no qcow2 image, as format: says";
        else
                *ret_why =
                        qcow2 ? "is a qcow2 image, and declared as raw: say format: qcow2" : NULL;
        return 0;
}
