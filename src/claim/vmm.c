// SPDX-License-Identifier: LGPL-2.1-or-later
#include <systemd/sd-id128.h>

#include "claim/start.h"
#include "util/command.h"

#define QEMU "/usr/bin/qemu-system-x86_64"

enum { VERSION_TIMEOUT = 15 * 1000 * 1000 };

/* What a guest is told of this host, which says nothing of its machine-id. */
static const sd_id128_t host_id =
        SD_ID128_MAKE(5c, 11, 9d, 6e, 3f, 0b, 4a, 27, 9d, 57, e8, 02, 5b, e1, c4, 93);

static int find_host_id(Stage *s)
{
        sd_id128_t id;
        int r = sd_id128_get_machine_app_specific(host_id, &id);

        if (r < 0)
                return refuse_error(s, r, "cannot read /etc/machine-id");
        memcpy(s->start.host_id, id.bytes, sizeof(s->start.host_id));
        return 0;
}

/* "QEMU emulator version 7.2.13 (Debian …)" */
int vmm_find(Stage *s)
{
        _cleanup_str_list_ StrList argv = {};
        _cleanup_str_buf_ StrBuf said = {};
        const char *version;
        int status = 0, r;

        s->start.qemu = strdup(QEMU);
        if (!s->start.qemu || str_list_add(&argv, QEMU) < 0 || str_list_add(&argv, "--version") < 0)
                return -ENOMEM;
        r = command_run(&argv, VERSION_TIMEOUT, &said, &status);
        if (r == -ENOENT)
                return refuse(s, "there is no " QEMU ": install QEMU for x86 systems");
        if (r < 0)
                return refuse_error(s, r, "cannot run " QEMU);
        version = strstr(str_buf_get(&said), "version ");
        if (status != 0 || !version ||
            sscanf(version, "version %u.%u", &s->start.qemu_major, &s->start.qemu_minor) != 2)
                return refuse(s, QEMU " --version ends with %d and tells no version", status);
        return find_host_id(s);
}
