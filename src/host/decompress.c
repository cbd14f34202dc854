// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/decompress.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/fd.h"

enum { TIMEOUT = 60 * 1000 * 1000 };

#define BYTES_MAX (UINT64_C(4) << 30)

/* As lib/decompress.c of the kernel has them. */
static const struct {
        const char *program;
        size_t n;
        unsigned char magic[6];
} programs[] = {
        { "/usr/bin/zstd",  4, { 0x28, 0xb5, 0x2f, 0xfd }       },
        { "/usr/bin/gzip",  2, { 0x1f, 0x8b }                   },
        { "/usr/bin/xz",    6, { 0xfd, '7', 'z', 'X', 'Z', 0 }  },
        { "/usr/bin/xz",    3, { 0x5d, 0, 0 }                   }, /* lzma */
        { "/usr/bin/lz4",   4, { 0x02, 0x21, 0x4c, 0x18 }       }, /* its older form */
        { "/usr/bin/bzip2", 3, { 'B', 'Z', 'h' }                },
        { "/usr/bin/lzop",  6, { 0x89, 'L', 'Z', 'O', 0, '\r' } },
};

const char *decompressor_program(const unsigned char *magic, size_t n)
{
        for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
                if (n >= programs[i].n && memcmp(magic, programs[i].magic, programs[i].n) == 0)
                        return programs[i].program;
        return NULL;
}

static _Noreturn void child(const char *program, int file, int out)
{
        const char *const argv[] = { program, "-dcq", NULL };
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (null >= 0 && dup2(file, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
            dup2(null, STDERR_FILENO) >= 0)
                execv(program, (char *const *)argv);
        _exit(127);
}

int decompressor_start(const char *program, int file, Decompressor *ret)
{
        _cleanup_close_ int ours = -EBADF, theirs = -EBADF;
        int fds[2];
        pid_t pid;

        if (access(program, X_OK) < 0)
                return -errno;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        ours = fds[0];
        theirs = fds[1];
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                child(program, file, theirs);
        *ret = (Decompressor){ .pid = pid,
                               .fd = TAKE_FD(ours),
                               .deadline = clock_now_usec() + TIMEOUT,
                               .left = BYTES_MAX };
        return 0;
}

ssize_t decompressor_read(void *userdata, void *buf, size_t n)
{
        Decompressor *d = userdata;

        for (;;) {
                struct pollfd p = { .fd = d->fd, .events = POLLIN };
                uint64_t now = clock_now_usec();
                int ready =
                        now < d->deadline ? poll(&p, 1, (int)((d->deadline - now) / 1000) + 1) : 0;
                ssize_t k;

                if (ready == 0)
                        return -ETIMEDOUT;
                k = ready < 0 ? -1 : read(d->fd, buf, n);
                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                if ((uint64_t)k > d->left)
                        return -EFBIG;
                d->left -= (uint64_t)k;
                return k;
        }
}

static int reap(Decompressor *d)
{
        int status = 0;

        while (waitpid(d->pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        d->pid = 0;
        return status;
}

int decompressor_end(Decompressor *d)
{
        char byte;
        bool whole = decompressor_read(d, &byte, 1) == 0;

        d->fd = safe_close(d->fd);
        return reap(d) == 0 && whole ? 0 : -EBADMSG;
}

void decompressor_done(Decompressor *d)
{
        if (d->pid > 0) {
                (void)kill(d->pid, SIGKILL);
                (void)reap(d);
        }
        d->fd = safe_close(d->fd);
}
