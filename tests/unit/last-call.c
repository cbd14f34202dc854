// SPDX-License-Identifier: LGPL-2.1-or-later
#include "last-call.h"

#include <sys/stat.h>
#include <unistd.h>

#include "device/watch.h"
#include "device/writer.h"

static unsigned steps, last_step;
static bool paused;

void last_call_set(unsigned n)
{
        last_step = n;
}

void last_call_pause(bool pause)
{
        paused = pause;
}

void last_call_step(void)
{
        if (!paused && last_step > 0 && ++steps == last_step)
                _exit(KILLED);
}

#define WRAP(type, name, parameters, arguments)                                                    \
        type __real_##name parameters;                                                             \
        type __wrap_##name parameters;                                                             \
        type __wrap_##name parameters                                                              \
        {                                                                                          \
                last_call_step();                                                                  \
                return __real_##name arguments;                                                    \
        }

/* Whoever is killed leaves what the kernel has; only power that goes does not. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
        last_call_step();
        return 0;
}

WRAP(int, ftruncate, (int fd, off_t n), (fd, n))
WRAP(int, mkdirat, (int fd, const char *p, mode_t mode), (fd, p, mode))
WRAP(int, unlinkat, (int fd, const char *p, int flags), (fd, p, flags))
WRAP(int, renameat, (int a, const char *p, int b, const char *q), (a, p, b, q))
WRAP(ssize_t, write, (int fd, const void *data, size_t n), (fd, data, n))

/* What the kernel does for a write to sysfs is one step. */
#define WRAP_KERNEL(name, parameters, arguments)                                                   \
        int __real_##name parameters;                                                              \
        int __wrap_##name parameters;                                                              \
        int __wrap_##name parameters                                                               \
        {                                                                                          \
                int r;                                                                             \
                                                                                                   \
                last_call_step();                                                                  \
                last_call_pause(true);                                                             \
                r = __real_##name arguments;                                                       \
                last_call_pause(false);                                                            \
                return r;                                                                          \
        }

WRAP_KERNEL(watched_write,
            (Root * root, const char *path, const char *value, uint64_t timeout, pid_t *ret_stuck),
            (root, path, value, timeout, ret_stuck))
WRAP_KERNEL(writer_write,
            (Writer * writer, const char *path, const char *value, uint64_t timeout,
             pid_t *ret_stuck),
            (writer, path, value, timeout, ret_stuck))
