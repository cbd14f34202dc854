// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Preloaded into a program, it lets a call that changes something be its last: the $LAST_CALL-th of
 * these is not made, and the program gets $LAST_SIGNAL (9) instead. What it runs is left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static pid_t self;
static long last, n;
static int with = SIGKILL;

static void __attribute__((constructor)) begin(void)
{
        const char *call = getenv("LAST_CALL"), *signal = getenv("LAST_SIGNAL");

        self = getpid();
        last = call ? atol(call) : 0;
        with = signal ? atoi(signal) : SIGKILL;
        (void)unsetenv("LD_PRELOAD");
}

static void step(void)
{
        if (last > 0 && getpid() == self && ++n == last)
                (void)kill(self, with);
}

#define WRAP(type, name, parameters, arguments)                                                    \
        type name parameters                                                                       \
        {                                                                                          \
                type(*real) parameters = (type(*) parameters)dlsym(RTLD_NEXT, #name);              \
                step();                                                                            \
                return real arguments;                                                             \
        }

WRAP(int, fsync, (int fd), (fd))
WRAP(int, ftruncate64, (int fd, off64_t size), (fd, size))
WRAP(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
WRAP(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(pid_t, fork, (void), ())
/* A write to a device is asked for, and a child does it: see src/device/writer.c. What else is sent, to
 * the journal or a bus, changes nothing here. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
        ssize_t (*real)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");
        socklen_t n = sizeof(int);
        int type = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET)
                step();
        return real(fd, message, flags);
}
