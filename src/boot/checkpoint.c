// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/checkpoint.h"

#include <fcntl.h>
#include <linux/ioctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/fd.h"

/* Documentation/filesystems/ext4/journal.rst: since Linux 5.14; its header is not always installed. */
#define EXT4_CHECKPOINT _IOW('f', 43, uint32_t)

void boot_checkpoint(Root *root)
{
        static const char *const folders[] = { "boot", "boot/grub" };

        if (!root_is_host(root))
                return;
        for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
                _cleanup_close_ int fd = root_open_file(root, folders[i], O_RDONLY | O_DIRECTORY);
                uint32_t flags = 0;

                if (fd < 0)
                        continue;
                (void)syncfs(fd);
                (void)ioctl(fd, EXT4_CHECKPOINT, &flags);
        }
}
