// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>

#include "claim/start.h"
#include "util/fd.h"

#define NODE "dev/vhost-vsock"

enum { CID_LIMIT = 0x7fffffff, MAX_TRIES = 1024 };

static bool is_wanted(const Stage *s)
{
        return s->instance->health_check.type == HEALTH_READY;
}

int vsock_list(const Stage *s, StrList *nodes)
{
        return is_wanted(s) ? str_list_add(nodes, "/" NODE) : 0;
}

/* FNV-1a: the same VM begins with the same one at each start. */
static uint32_t first_cid(const char *name)
{
        uint32_t hash = 2166136261U;

        for (; *name; name++)
                hash = (hash ^ (unsigned char)*name) * 16777619U;
        return RUN_VSOCK_CID_MIN + hash % (CID_LIMIT - RUN_VSOCK_CID_MIN - MAX_TRIES);
}

/* The kernel knows which are in use, and keeps this one for whoever has the descriptor. */
static int take_cid(int fd, uint32_t first, uint32_t *ret)
{
        for (uint32_t i = 0; i < MAX_TRIES; i++) {
                uint64_t cid = first + i;

                if (ioctl(fd, VHOST_VSOCK_SET_GUEST_CID, &cid) >= 0) {
                        *ret = (uint32_t)cid;
                        return 0;
                }
                if (errno != EADDRINUSE)
                        return -errno;
        }
        return -EADDRINUSE;
}

static void use(Stage *s, uint32_t cid)
{
        s->start.vsock_cid = s->start.notify_port = cid;
}

int vsock_decide(Stage *s)
{
        if (!is_wanted(s))
                return 0;
        use(s, first_cid(s->name));
        s->start.vsock_fd = start_add_fd(&s->start, START_FD_VSOCK);
        return s->start.vsock_fd < 0 ? s->start.vsock_fd : 0;
}

/* Another VM may have the address that was thought of. */
int vsock_open(Stage *s, Opened *opened)
{
        _cleanup_close_ int fd = -EBADF;
        uint32_t cid = 0;
        int r;

        if (!is_wanted(s))
                return 0;
        fd = root_open_file(s->root, NODE, O_RDWR);
        if (fd < 0)
                return refuse_error(s, fd,
                                    "health_check: ready needs /" NODE " (modprobe "
                                    "vhost_vsock)");
        r = take_cid(fd, s->start.vsock_cid, &cid);
        if (r < 0)
                return refuse_error(s, r, "/" NODE " gives no address");
        use(s, cid);
        return opened_put(opened, s->start.vsock_fd, TAKE_FD(fd));
}
