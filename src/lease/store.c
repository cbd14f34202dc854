// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lease/store.h"

#include <systemd/sd-daemon.h>

/* 0 is nobody who listens. */
static int said(int r)
{
        return r < 0 ? r : r == 0 ? -ENOTCONN : 0;
}

int store_put(const char *name, int fd)
{
        char text[320];

        (void)snprintf(text, sizeof(text), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
        return said(sd_pid_notify_with_fds(0, false, text, &fd, 1));
}

int store_drop(const char *name)
{
        return said(sd_notifyf(false, "FDSTOREREMOVE=1\nFDNAME=%s", name));
}

int store_settle(uint64_t timeout_usec)
{
        return said(sd_notify_barrier(false, timeout_usec));
}

char *store_name_of_lease(const char *lease, char buf[static STORE_NAME_MAX])
{
        (void)snprintf(buf, STORE_NAME_MAX, "claim-%s", lease);
        for (char *p = buf; *p; p++)
                if (*p == ':')
                        *p = '-';
        return buf;
}
