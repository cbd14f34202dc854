// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "claim/start.h"
#include "util/fd.h"

#define NODE "dev/net/tun"

static bool wants_tap(const Network *n)
{
        return n->type == NETWORK_TAP || n->type == NETWORK_BRIDGE;
}

int networks_list(const Stage *s, StrList *nodes)
{
        for (size_t i = 0; i < s->instance->n_networks; i++)
                if (wants_tap(s->instance->networks + i))
                        return str_list_add(nodes, "/" NODE);
        return 0;
}

static int set_name(struct ifreq *request, const char *name)
{
        if (strlen(name) >= sizeof(request->ifr_name))
                return -ENAMETOOLONG;
        memcpy(request->ifr_name, name, strlen(name) + 1);
        return 0;
}

/* One that is there, or a new one that goes with its last descriptor. With "gv%d" the kernel numbers it. */
static int open_tap(Root *root, const char *name, char ret_name[static IFNAMSIZ])
{
        _cleanup_close_ int fd = root_open_file(root, NODE, O_RDWR | O_NONBLOCK);
        struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
        int r;

        if (fd < 0)
                return fd;
        r = set_name(&request, name);
        if (r < 0)
                return r;
        if (ioctl(fd, TUNSETIFF, &request) < 0)
                return -errno;
        memcpy(ret_name, request.ifr_name, IFNAMSIZ);
        ret_name[IFNAMSIZ - 1] = '\0';
        return TAKE_FD(fd);
}

static int set_up(int control, const char *name)
{
        struct ifreq request = {};
        int r = set_name(&request, name);

        if (r < 0)
                return r;
        if (ioctl(control, SIOCGIFFLAGS, &request) < 0)
                return -errno;
        request.ifr_flags |= IFF_UP;
        return ioctl(control, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

/* A tap that is in the bridge already stays there. */
static int join_bridge(int control, const char *bridge, const char *name)
{
        struct ifreq request = { .ifr_ifindex = (int)if_nametoindex(name) };
        int r = request.ifr_ifindex == 0 ? -errno : set_name(&request, bridge);

        if (r < 0)
                return r;
        return ioctl(control, SIOCBRADDIF, &request) < 0 && errno != EBUSY ? -errno : 0;
}

static int connect_tap(const Network *n, const char *name)
{
        _cleanup_close_ int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        int r = control < 0 ? -errno : 0;

        if (r >= 0 && n->type == NETWORK_BRIDGE)
                r = join_bridge(control, n->bridge, name);
        return r < 0 ? r : set_up(control, name);
}

static int open_one(Stage *s, const Network *n, int number, Opened *opened)
{
        char name[IFNAMSIZ];
        int fd = open_tap(s->root, n->type == NETWORK_TAP ? n->tap : "gv%d", name), r;

        if (fd < 0)
                return refuse_error(s, fd, "cannot open the interface %s by /" NODE,
                                    n->type == NETWORK_TAP ? n->tap : "of a bridge");
        r = opened_put(opened, number, fd);
        if (r < 0)
                return r;
        r = connect_tap(n, name);
        if (r < 0)
                return refuse_error(s, r, "cannot connect %s%s%s", name,
                                    n->type == NETWORK_BRIDGE ? " to the bridge " : "",
                                    n->type == NETWORK_BRIDGE ? n->bridge : "");
        return 0;
}

int networks_decide(Stage *s)
{
        for (size_t i = 0; i < s->instance->n_networks; i++) {
                bool tap = wants_tap(s->instance->networks + i);
                int fd = tap ? start_add_fd(&s->start, START_FD_TAP) : -EBADF, r;

                if (tap && fd < 0)
                        return fd;
                r = start_add_network(&s->start, (StartNetwork){ .fd = fd, .vhost_fd = -EBADF });
                if (r < 0)
                        return r;
        }
        return 0;
}

int networks_open(Stage *s, Opened *opened)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->start.n_networks; i++)
                if (s->start.networks[i].fd >= 0)
                        r = open_one(s, s->instance->networks + i, s->start.networks[i].fd, opened);
        return r;
}
