// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/node.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lease/claims.h"
#include "util/fd.h"

char *node_path(int32_t group, char buf[static NODE_PATH_MAX])
{
        (void)snprintf(buf, NODE_PATH_MAX, "/dev/vfio/%d", group);
        return buf;
}

/* O_PATH, for the device cgroup lets nobody open it yet. */
int node_give(Root *root, int32_t group, uid_t uid)
{
        char path[NODE_PATH_MAX], link[64];
        _cleanup_close_ int fd =
                root_open_file(root, node_path(group, path) + 1, O_PATH | O_NOFOLLOW);
        struct stat st;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISCHR(st.st_mode))
                return -ENXIO;
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        /* For nobody while it changes hands. */
        if (chmod(link, 0) < 0 || chown(link, uid, uid) < 0 || chmod(link, 0600) < 0)
                return -errno;
        return 0;
}

int node_take_back(Root *root, const char *lease)
{
        int32_t group;
        int r = lease_parse_group(lease, &group) < 0 ? 0 : node_give(root, group, 0);

        return r == -ENOENT ? 0 : r;
}
