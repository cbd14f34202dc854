// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/writer.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fd.h"

enum { REQUEST_MAX = 2 * PATH_MAX }; /* path and value, each with its NUL */

/* What the child inherited may be a lock, or the pipe to somebody who waits for its end. */
static void close_all_but(int a, int b)
{
        unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

        if (low > 0)
                (void)syscall(SYS_close_range, 0U, low - 1, 0U);
        if (high > low + 1)
                (void)syscall(SYS_close_range, low + 1, high - 1, 0U);
        (void)syscall(SYS_close_range, high + 1, UINT_MAX, 0U);
}

static int write_once(Root *root, const char *path, const char *value)
{
        /* O_TRUNC means nothing to sysfs, and lets a fixture show the last value alone. */
        _cleanup_close_ int fd = root_open_file(root, path, O_WRONLY | O_TRUNC | O_NOFOLLOW);
        size_t n = strlen(value);
        ssize_t k;

        if (fd < 0)
                return fd;
        k = write(fd, value, n);
        if (k < 0) /* a driver that gave up has come back, which our -ETIMEDOUT denies */
                return errno == ETIMEDOUT ? -EIO : -errno;
        return (size_t)k == n ? 0 : -EIO;
}

static ssize_t receive(int fd, void *data, size_t n)
{
        ssize_t k;

        do
                k = recv(fd, data, n, 0);
        while (k < 0 && errno == EINTR);
        return k;
}

/* Until the parent closes its end, or is gone. */
static _Noreturn void serve(Root *root, int fd)
{
        char request[REQUEST_MAX];

        close_all_but(root_descriptor(root), fd);
        while (receive(fd, request, sizeof(request)) > 0) {
                int r = write_once(root, request, request + strlen(request) + 1);

                if (send(fd, &r, sizeof(r), MSG_NOSIGNAL) < 0)
                        break;
        }
        _exit(EXIT_SUCCESS);
}

/* Packets: a request is there whole or not at all, and so is a reply. */
static int start(Writer *writer)
{
        _cleanup_close_ int ours = -EBADF, theirs = -EBADF;
        int fds[2];
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        ours = fds[0];
        theirs = fds[1];
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0) {
                ours = safe_close(ours); /* or it would wait for itself, whatever else is closed */
                serve(writer->root, theirs);
        }
        writer->child = pid;
        writer->fd = TAKE_FD(ours);
        return 0;
}

/* ECHILD is fine: SIGCHLD may be ignored here, or a handler was faster. */
static void reap(pid_t pid)
{
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
}

void writer_done(Writer *writer)
{
        writer->fd = safe_close(writer->fd);
        if (writer->child > 0)
                reap(writer->child);
        writer->child = 0;
}

static int request(const Writer *writer, const char *path, const char *value)
{
        struct iovec parts[] = {
                { .iov_base = (char *)path,  .iov_len = strlen(path) + 1  },
                { .iov_base = (char *)value, .iov_len = strlen(value) + 1 },
        };
        const struct msghdr message = { .msg_iov = parts, .msg_iovlen = ARRAY_SIZE(parts) };

        if (parts[0].iov_len + parts[1].iov_len > REQUEST_MAX)
                return -E2BIG;
        return sendmsg(writer->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Hands the request to a child that is there to take it. One that died while it had nothing to do has
 * written nothing of this, so another may. */
static int ask(Writer *writer, const char *path, const char *value)
{
        int r;

        if (writer->child > 0) {
                r = request(writer, path, value);
                if (r != -EPIPE && r != -ECONNRESET)
                        return r;
                writer_done(writer);
        }
        r = start(writer);
        return r < 0 ? r : request(writer, path, value);
}

int writer_write(Writer *writer, const char *path, const char *value, uint64_t timeout_usec,
                 pid_t *ret_stuck)
{
        int report, r = ask(writer, path, value);

        if (r < 0)
                return r;
        r = fd_wait_readable(writer->fd, timeout_usec);
        if (r == -ETIMEDOUT)
                *ret_stuck = TAKE_GENERIC(writer->child, 0);
        else if (r >= 0 && receive(writer->fd, &report, sizeof(report)) == sizeof(report))
                return report;
        writer_done(writer);
        return r < 0 ? r : -EIO;
}
