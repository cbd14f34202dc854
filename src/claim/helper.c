// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/helper.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "util/fd.h"
#include "util/log.h"

enum { HELPER_TIMEOUT = 30 * 1000 * 1000 };

/* Its user may have put anything there: a link would lead us, who are root, to somebody else's socket. */
static int reach(Root *root, const char *path)
{
        _cleanup_close_ int file = root_open_file(root, path, O_PATH | O_NOFOLLOW), fd = -EBADF;
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct stat st;

        if (file < 0)
                return file;
        if (fstat(file, &st) < 0)
                return -errno;
        if (!S_ISSOCK(st.st_mode))
                return -ENOTSOCK;
        (void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", file);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)(void *)&address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

int helper_start(Stage *s, const char *unit, const char *socket)
{
        int r;

        (void)sd_notifyf(false, "EXTEND_TIMEOUT_USEC=%d", HELPER_TIMEOUT);
        r = manager_restart(s->manager, unit, HELPER_TIMEOUT);
        if (r == -ECHILD)
                return refuse(s, "%s does not start: journalctl -u %s", unit, unit);
        if (r < 0)
                return refuse_error(s, r, "cannot start %s", unit);
        r = reach(s->root, socket);
        return r < 0 ? refuse_error(s, r, "cannot connect to /%s of %s", socket, unit) : r;
}

void helper_stop(Stage *s, const char *unit)
{
        int r = s->manager ? 0 : manager_open(&s->manager);

        if (r >= 0)
                r = manager_stop(s->manager, unit);
        if (r < 0)
                log_error("cannot stop %s: %s", unit, strerror(-r));
}
