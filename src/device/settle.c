// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/settle.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/fd.h"

enum { GROUP_KERNEL = 1, GROUP_UDEV = 2 }; /* of NETLINK_KOBJECT_UEVENT */

void device_watch_done(DeviceWatch *watch)
{
        watch->uevents = safe_close(watch->uevents);
        watch->idle = safe_close(watch->idle);
}

static int open_uevents(void)
{
        const struct sockaddr_nl address = { .nl_family = AF_NETLINK,
                                             .nl_groups = GROUP_KERNEL | GROUP_UDEV };
        _cleanup_close_ int fd =
                socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

        if (fd < 0 ||
            bind(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

/* The queue is a file, there as long as there is work. */
static int open_idle(Root *root)
{
        _cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), dir = -EBADF;
        char path[sizeof("/proc/self/fd/") + 16];

        if (fd < 0)
                return -errno;
        dir = root_open_file(root, "run/udev", O_PATH | O_DIRECTORY);
        if (dir < 0)
                return dir == -ENOENT ? TAKE_FD(fd) : dir;
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
        return inotify_add_watch(fd, path, IN_DELETE) < 0 ? -errno : TAKE_FD(fd);
}

int device_watch_open(Root *root, DeviceWatch *ret)
{
        _cleanup_device_watch_ DeviceWatch watch = DEVICE_WATCH_NONE;

        watch.uevents = open_uevents();
        if (watch.uevents < 0)
                return watch.uevents;
        watch.idle = open_idle(root);
        if (watch.idle < 0)
                return watch.idle;
        *ret = TAKE_GENERIC(watch, DEVICE_WATCH_NONE);
        return 0;
}

/* What was said does not matter: whoever waits looks for himself. ENOBUFS says that much was lost, so
 * something has happened. */
static void drain(int fd)
{
        char buf[8192];

        while (read(fd, buf, sizeof(buf)) > 0 || errno == ENOBUFS || errno == EINTR)
                ;
}

int device_watch_wait(DeviceWatch *watch, uint64_t deadline_usec)
{
        struct pollfd p[] = {
                { .fd = watch->uevents, .events = POLLIN },
                { .fd = watch->idle,    .events = POLLIN },
        };

        for (;;) {
                uint64_t now = clock_now_usec(),
                         left = now < deadline_usec ? deadline_usec - now : 0;
                struct timespec ts = { .tv_sec = (time_t)(left / 1000000),
                                       .tv_nsec = (long)(left % 1000000 * 1000) };
                int n = ppoll(p, ARRAY_SIZE(p), &ts, NULL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -ETIMEDOUT;
                drain(watch->uevents);
                drain(watch->idle);
                return 0;
        }
}

bool device_initialized(Root *root, PciAddress address)
{
        char path[sizeof("run/udev/data/+pci:") + PCI_ADDRESS_MAX] = "run/udev/data/+pci:";

        pci_address_format(address, path + strlen(path));
        return root_exists(root, path);
}

bool device_settled(Root *root, PciAddress address)
{
        return device_initialized(root, address) && !root_exists(root, "run/udev/queue");
}

bool device_node_settled(Root *root, const char *path)
{
        _cleanup_close_ int fd = root_open_file(root, path + 1, O_PATH | O_NOFOLLOW);
        char known[sizeof("run/udev/data/c4294967295:4294967295")];
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode))
                return false;
        (void)snprintf(known, sizeof(known), "run/udev/data/c%u:%u", major(st.st_rdev),
                       minor(st.st_rdev));
        return root_exists(root, known) && !root_exists(root, "run/udev/queue");
}

void device_await(Root *root, DeviceState is_so, const void *what, uint64_t deadline_usec)
{
        _cleanup_device_watch_ DeviceWatch watch = DEVICE_WATCH_NONE;

        if (device_watch_open(root, &watch) < 0)
                return;
        while (!is_so(root, what))
                if (device_watch_wait(&watch, deadline_usec) < 0)
                        return;
}
