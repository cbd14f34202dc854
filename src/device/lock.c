// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/atomic.h"
#include "util/clock.h"
#include "util/fd.h"

enum { MAX_TRIES = 100 };

static int open_lock(Root *root, const char *name)
{
        _cleanup_close_ int folder = -EBADF;
        int fd, r = root_make_dir(root, LOCK_FOLDER);

        if (r < 0)
                return r;
        folder = root_open_file(root, LOCK_FOLDER, O_RDONLY | O_DIRECTORY);
        if (folder < 0)
                return folder;
        fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        return fd < 0 ? -errno : fd;
}

/* 0: it is ours. 1: somebody has it; 0 in *ret_holder if they have just gone, or live in another
 * namespace. */
static int try_lock(int fd, pid_t *ret_holder)
{
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

        if (fcntl(fd, F_SETLK, &lock) >= 0)
                return 0;
        if (errno != EAGAIN && errno != EACCES)
                return -errno;
        if (fcntl(fd, F_GETLK, &lock) < 0)
                return -errno;
        *ret_holder = lock.l_type == F_UNLCK ? 0 : lock.l_pid;
        return 1;
}

/* Until that process has ended, or time has passed. */
static int wait_for(pid_t holder, uint64_t deadline)
{
        _cleanup_close_ int process = (int)syscall(SYS_pidfd_open, holder, 0);
        struct pollfd p = { .fd = process, .events = POLLIN };
        uint64_t now = clock_now_usec(), left = now < deadline ? deadline - now : 0;
        struct timespec ts = { .tv_sec = (time_t)(left / 1000000),
                               .tv_nsec = (long)(left % 1000000 * 1000) };
        int n;

        if (process < 0)
                return errno == ESRCH ? 0 : -errno;
        n = ppoll(&p, 1, &ts, NULL);
        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        return n > 0 ? 0 : -EBUSY;
}

int host_lock(Root *root, const char *name, uint64_t timeout_usec, int *ret_fd, pid_t *ret_holder)
{
        uint64_t deadline = clock_now_usec() + timeout_usec;
        _cleanup_close_ int fd = open_lock(root, name);
        pid_t holder = 0;
        int r;

        if (fd < 0)
                return fd;
        for (unsigned n = 0; (r = try_lock(fd, &holder)) > 0; n++) {
                if (holder <= 0 && n < MAX_TRIES)
                        continue;
                r = holder > 0 ? wait_for(holder, deadline) : -EBUSY;
                if (r < 0)
                        break;
        }
        if (r < 0) {
                *ret_holder = holder;
                return r;
        }
        *ret_fd = TAKE_FD(fd);
        return 0;
}
