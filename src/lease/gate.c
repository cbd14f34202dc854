// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lease/gate.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "util/atomic.h"
#include "util/clock.h"
#include "util/fd.h"

/* A signal that comes just before flock() is entered wakes nobody up, so it comes again. */
enum { TICK_USEC = 100 * 1000 };

static void wake_up(int signal_number)
{
}

static int open_folder(Root *root)
{
        _cleanup_close_ int claims = -EBADF;
        int fd, r = root_make_dir(root, LEASE_CLAIMS);

        if (r < 0)
                return r;
        claims = root_open_file(root, LEASE_CLAIMS, O_RDONLY | O_DIRECTORY);
        if (claims < 0)
                return claims;
        if (mkdirat(claims, ".locks", 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(claims, ".locks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int lease_open(Root *root, const char *name)
{
        _cleanup_close_ int folder = open_folder(root);
        int fd;

        if (folder < 0)
                return folder;
        fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        return fd < 0 ? -errno : fd;
}

static int lock_until(int fd, uint64_t deadline)
{
        while (flock(fd, LOCK_EX) < 0) {
                if (errno != EINTR)
                        return -errno;
                if (clock_now_usec() >= deadline)
                        return -EBUSY;
        }
        return 0;
}

/* There is no lock that waits for a time; a signal ends the wait. */
static int lock_within(int fd, uint64_t timeout_usec)
{
        const struct itimerval tick = { .it_interval = { .tv_usec = TICK_USEC },
                                        .it_value = { .tv_usec = TICK_USEC } };
        struct sigaction wake = { .sa_handler = wake_up }, before;
        struct itimerval timer_before;
        int r;

        if (sigaction(SIGALRM, &wake, &before) < 0)
                return -errno;
        if (setitimer(ITIMER_REAL, &tick, &timer_before) < 0)
                return -errno;
        r = lock_until(fd, clock_now_usec() + timeout_usec);
        (void)setitimer(ITIMER_REAL, &timer_before, NULL);
        (void)sigaction(SIGALRM, &before, NULL);
        return r;
}

int lease_gate(Root *root, uint64_t timeout_usec, int *ret_fd)
{
        _cleanup_close_ int fd = lease_open(root, "gate");
        int r;

        if (fd < 0)
                return fd;
        r = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
        if (r == -EWOULDBLOCK)
                r = lock_within(fd, timeout_usec);
        if (r < 0)
                return r;
        *ret_fd = TAKE_FD(fd);
        return 0;
}
