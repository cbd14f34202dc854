// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/reset.h"

#include <fcntl.h>
#include <unistd.h>

#include "device/watch.h"
#include "util/fd.h"

enum { PATH_SIZE = sizeof("sys/bus/pci/devices//config") + PCI_ADDRESS_MAX };

static const char *path_of(PciAddress a, const char *name, char buf[static PATH_SIZE])
{
        char address[PCI_ADDRESS_MAX];

        (void)snprintf(buf, PATH_SIZE, "sys/bus/pci/devices/%s/%s", pci_address_format(a, address),
                       name);
        return buf;
}

int function_reset(Root *root, PciAddress address, uint64_t timeout_usec, pid_t *ret_stuck)
{
        char path[PATH_SIZE];
        int r;

        if (!root_exists(root, path_of(address, "reset", path)))
                return -EOPNOTSUPP;
        r = watched_write(root, path, "1", timeout_usec, ret_stuck);
        return r == -ENOTTY || r == -EINVAL ? -EOPNOTSUPP : r;
}

int function_answers(Root *root, PciAddress address)
{
        static const unsigned char nobody[4] = { 0xff, 0xff, 0xff, 0xff };
        char path[PATH_SIZE];
        unsigned char id[4];
        _cleanup_close_ int fd = root_open_file(root, path_of(address, "config", path), O_RDONLY);
        ssize_t n;

        if (fd < 0)
                return fd == -ENOENT ? -ENODEV : fd;
        n = pread(fd, id, sizeof(id), 0);
        if (n != (ssize_t)sizeof(id))
                return n < 0 ? -errno : -EIO;
        return memcmp(id, nobody, sizeof(id)) == 0 ? -EIO : 0;
}
