// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/efi.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "model/machine.h"
#include "util/fd.h"

/* Kept over a reboot, and to be had by loaders and by the kernel: UEFI, GetVariable(). */
enum { NON_VOLATILE = 1, BOOT_SERVICE = 2, RUNTIME = 4, SIZE = 4 + 1 };

int efi_counter_read(Root *root, int *ret)
{
        _cleanup_free_ char *data = NULL;
        size_t n = 0;
        int r = root_read_file(root, EFI_COUNTER, SIZE, &data, &n);

        if (r < 0)
                return r;
        if (n != SIZE || (unsigned char)data[SIZE - 1] > BOOT_TRIES)
                return -EBADMSG;
        *ret = (unsigned char)data[SIZE - 1];
        return 0;
}

/* The kernel marks what it does not know, against careless rm: Documentation/filesystems/efivarfs.rst. */
static void make_mutable(Root *root)
{
        _cleanup_close_ int fd = root_open_file(root, EFI_COUNTER, O_RDONLY);
        int flags = 0;

        if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || !(flags & FS_IMMUTABLE_FL))
                return;
        flags &= ~FS_IMMUTABLE_FL;
        (void)ioctl(fd, FS_IOC_SETFLAGS, &flags); /* writing tells what it has come to */
}

static int open_folder(Root *root)
{
        return root_open_file(root, EFI_VARIABLES, O_RDONLY | O_DIRECTORY);
}

int efi_counter_write(Root *root, int count)
{
        const char data[SIZE] = { NON_VOLATILE | BOOT_SERVICE | RUNTIME, 0, 0, 0, (char)count };
        const char *name = strrchr(EFI_COUNTER, '/') + 1;
        _cleanup_close_ int folder = open_folder(root), fd = -EBADF;
        int before = BOOT_UNCOUNTED, r = efi_counter_read(root, &before);

        if (r >= 0 && before == count)
                return 0;
        if (folder < 0)
                return folder == -ENOENT && count == BOOT_UNCOUNTED ? 0 : folder;
        make_mutable(root);
        if (count == BOOT_UNCOUNTED)
                return unlinkat(folder, name, 0) < 0 && errno != ENOENT ? -errno : 0;
        fd = openat(folder, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        return write_all(fd, data, sizeof(data)); /* at once, as efivarfs wants it */
}
