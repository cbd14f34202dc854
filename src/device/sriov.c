// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/sriov.h"

#include "device/watch.h"
#include "util/parse.h"

enum { NUMBER_MAX = sizeof("4294967295\n"), VFS_PATH_MAX = 96 };

static char *path_of(PciAddress a, const char *name, char buf[static VFS_PATH_MAX])
{
        char address[PCI_ADDRESS_MAX];

        (void)snprintf(buf, VFS_PATH_MAX, "sys/bus/pci/devices/%s/%s",
                       pci_address_format(a, address), name);
        return buf;
}

static int read_number(Root *root, const char *path, uint64_t *ret)
{
        char text[NUMBER_MAX];
        int r = root_read(root, path, text, sizeof(text));

        return r < 0 ? r : parse_u64(text, ret);
}

static int write_number(Root *root, const char *path, uint32_t n, uint64_t timeout,
                        pid_t *ret_stuck)
{
        char text[NUMBER_MAX];

        (void)snprintf(text, sizeof(text), "%u", n);
        return watched_write(root, path, text, timeout, ret_stuck);
}

int sriov_set_autoprobe(Root *root, PciAddress physfn, bool on, uint64_t timeout_usec,
                        pid_t *ret_stuck)
{
        char path[VFS_PATH_MAX];
        uint64_t is;
        int r = read_number(root, path_of(physfn, "sriov_drivers_autoprobe", path), &is);

        if (r < 0)
                return r;
        return is == on ? 0 : write_number(root, path, on, timeout_usec, ret_stuck);
}

int sriov_set_vfs(Root *root, PciAddress physfn, uint32_t n, uint64_t timeout_usec,
                  pid_t *ret_stuck)
{
        char path[VFS_PATH_MAX];
        uint64_t is;
        int r = read_number(root, path_of(physfn, "sriov_numvfs", path), &is);

        if (r < 0 || is == n)
                return r;
        if (is > 0)
                r = write_number(root, path, 0, timeout_usec, ret_stuck);
        if (r >= 0 && n > 0)
                r = write_number(root, path, n, timeout_usec, ret_stuck);
        if (r >= 0)
                r = read_number(root, path, &is);
        if (r < 0)
                return r;
        return is == n ? 0 : -EIO;
}
