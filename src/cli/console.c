// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/console.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "util/fd.h"

/* What poll() calls writable takes so much at once. */
enum { CHUNK = 512, ESCAPE = ']' & 0x1f };

/* One direction: read when it is empty, written when it is not. */
typedef struct Flow {
        int from, to;
        bool typed; /* at a terminal: ESCAPE ends it */
        char data[CHUNK];
        size_t begin, end;
} Flow;

static int lock_folder(Root *root, const char *instance, struct stat *ret_stat)
{
        _cleanup_close_ int folder = -EBADF;
        char path[64];

        (void)snprintf(path, sizeof(path), "run/gpu-vm/%s", instance);
        folder = root_open_file(root, path, O_RDONLY | O_DIRECTORY);
        if (folder < 0)
                return folder;
        if (fstat(folder, ret_stat) < 0)
                return -errno;
        if (flock(folder, LOCK_EX | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;
        return TAKE_FD(folder);
}

/* By a descriptor, for the name may lead elsewhere the next time. */
static int connect_to(int node)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (fd < 0)
                return -errno;
        (void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", node);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int check_peer(int fd, uid_t owner)
{
        struct ucred peer;
        socklen_t size = sizeof(peer);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
                return -errno;
        if (peer.uid != owner)
                return -EPERM;
        return fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int console_open(Root *root, const char *instance, Console *ret)
{
        _cleanup_close_ int folder = -EBADF, node = -EBADF, fd = -EBADF;
        struct stat owner, st;
        int r;

        folder = lock_folder(root, instance, &owner);
        if (folder < 0)
                return folder;
        node = openat(folder, "console.sock", O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (node < 0 || fstat(node, &st) < 0)
                return errno == ENOENT ? -ECONNREFUSED
                                       : -errno; /* its start has come to the folder */
        if (!S_ISSOCK(st.st_mode))
                return -EPERM;
        fd = connect_to(node);
        if (fd < 0)
                return fd;
        r = check_peer(fd, owner.st_uid);
        if (r < 0)
                return r;
        *ret = (Console){ .folder = TAKE_FD(folder), .socket = TAKE_FD(fd) };
        return 0;
}

void console_done(Console *console)
{
        (void)safe_close(console->socket);
        (void)safe_close(console->folder);
        *console = CONSOLE_NONE;
}

/* 1: that was all. */
static int fill(Flow *flow)
{
        ssize_t n = read(flow->from, flow->data, sizeof(flow->data));
        char *escape;

        if (n < 0)
                return errno == EINTR || errno == EAGAIN     ? 0
                       : errno == ECONNRESET || errno == EIO ? 1
                                                             : -errno;
        escape = flow->typed ? memchr(flow->data, ESCAPE, (size_t)n) : NULL;
        flow->begin = 0;
        flow->end = escape ? (size_t)(escape - flow->data) : (size_t)n;
        return n == 0 || escape;
}

/* 1: nobody takes it any more. */
static int drain(Flow *flow)
{
        ssize_t n = write(flow->to, flow->data + flow->begin, flow->end - flow->begin);

        if (n < 0)
                return errno == EINTR || errno == EAGAIN       ? 0
                       : errno == EPIPE || errno == ECONNRESET ? 1
                                                               : -errno;
        flow->begin += (size_t)n;
        return 0;
}

static struct pollfd waits_for(const Flow *flow)
{
        if (flow->begin < flow->end)
                return (struct pollfd){ .fd = flow->to, .events = POLLOUT };
        return (struct pollfd){ .fd = flow->from, .events = POLLIN };
}

/* What was typed before Ctrl-]. */
static int finish_typing(Flow *typed)
{
        int r = 0;

        while (r == 0 && typed->begin < typed->end) {
                struct pollfd p = waits_for(typed);

                if (poll(&p, 1, 1000) <= 0)
                        return 0;
                r = drain(typed);
        }
        return r < 0 ? r : 0;
}

/* 1 with how it ended. */
static int step_typed(Flow *flow, ConsoleEnd *ret)
{
        bool full = flow->begin < flow->end;
        int r = full ? drain(flow) : fill(flow);

        if (r != 1)
                return r;
        if (!full && !flow->typed) {
                flow->from = -EBADF;
                return 0;
        }
        *ret = full ? CONSOLE_CLOSED : CONSOLE_LEFT;
        r = full ? 0 : finish_typing(flow);
        return r < 0 ? r : 1;
}

static int step_answered(Flow *flow, ConsoleEnd *ret)
{
        bool full = flow->begin < flow->end;
        int r = full ? drain(flow) : fill(flow);

        *ret = full ? CONSOLE_LEFT : CONSOLE_CLOSED;
        return r;
}

/* -EINTR with the signal that ends it. */
static int relay(int socket, int signals, ConsoleEnd *ret, int *ret_signal)
{
        Flow typed = { .from = STDIN_FILENO, .to = socket, .typed = isatty(STDIN_FILENO) };
        Flow answered = { .from = socket, .to = STDOUT_FILENO };
        int r = 0;

        while (r == 0) {
                struct pollfd p[] = {
                        waits_for(&typed), waits_for(&answered), { .fd = signals, .events = POLLIN }
                };
                struct signalfd_siginfo info;

                if (poll(p, ARRAY_SIZE(p), -1) < 0)
                        return -errno;
                if (p[2].revents && read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
                        *ret_signal = (int)info.ssi_signo;
                        return -EINTR;
                }
                if (p[1].revents)
                        r = step_answered(&answered, ret);
                if (r == 0 && p[0].revents)
                        r = step_typed(&typed, ret);
        }
        return r < 0 ? r : 0;
}

/* As it was, on all ways out. */
static int relay_raw(int socket, int signals, ConsoleEnd *ret, int *ret_signal)
{
        struct termios before, raw;
        bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
        int r;

        if (terminal) {
                raw = before;
                cfmakeraw(&raw);
                if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
                        return -errno;
        }
        r = relay(socket, signals, ret, ret_signal);
        if (terminal)
                (void)tcsetattr(STDIN_FILENO, TCSANOW, &before); /* it may have been hung up */
        return r;
}

int console_relay(const Console *console, ConsoleEnd *ret)
{
        static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM };
        _cleanup_close_ int signals = -EBADF;
        sigset_t set, before;
        int r, number = 0;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
                (void)sigaddset(&set, ending[i]);
        signals = signalfd(-1, &set, SFD_CLOEXEC);
        if (signals < 0)
                return -errno;
        (void)sigaddset(&set, SIGTSTP); /* stopped, it would leave the terminal raw */
        (void)sigprocmask(SIG_BLOCK, &set, &before);
        (void)signal(SIGPIPE, SIG_IGN);
        r = relay_raw(console->socket, signals, ret, &number);
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        if (number > 0)
                (void)raise(number);
        return r;
}
