// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/fd.h"

#include <poll.h>
#include <unistd.h>

#include "util/clock.h"

int safe_close(int fd)
{
        if (fd >= 0) {
                int saved = errno;

                (void)close(fd);
                errno = saved;
        }
        return -EBADF;
}

void closep(int *fd)
{
        *fd = safe_close(*fd);
}

static int read_some(int fd, char *data, size_t n, size_t *ret_read)
{
        for (;;) {
                ssize_t k = read(fd, data, n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                *ret_read = (size_t)k;
                return 0;
        }
}

int read_all(int fd, size_t max, char **ret, size_t *ret_size)
{
        _cleanup_free_ char *data = NULL;
        size_t len = 0, capacity = 0, n = 0;

        do {
                int r;

                if (len + 1 >= capacity) {
                        size_t grown = capacity ? capacity * 2 : 4096;
                        char *p = realloc(data, grown);

                        if (!p)
                                return -ENOMEM;
                        data = p;
                        capacity = grown;
                }
                r = read_some(fd, data + len, capacity - len - 1, &n);
                if (r < 0)
                        return r;
                len += n;
                if (len > max)
                        return -E2BIG;
        } while (n > 0);
        data[len] = '\0';
        *ret = TAKE_PTR(data);
        if (ret_size)
                *ret_size = len;
        return 0;
}

int write_all(int fd, const void *data, size_t n)
{
        const char *p = data;

        while (n > 0) {
                ssize_t k = write(fd, p, n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                p += k;
                n -= (size_t)k;
        }
        return 0;
}

int fd_wait_readable(int fd, uint64_t timeout_usec)
{
        uint64_t start = clock_now_usec();

        for (;;) {
                struct pollfd p = { .fd = fd, .events = POLLIN };
                uint64_t spent = clock_now_usec() - start;
                uint64_t left = spent < timeout_usec ? timeout_usec - spent : 0;
                struct timespec ts = { .tv_sec = (time_t)(left / 1000000),
                                       .tv_nsec = (long)(left % 1000000 * 1000) };
                int n = ppoll(&p, 1, &ts, NULL);

                if (n < 0 && errno == EINTR)
                        continue;
                return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
        }
}
