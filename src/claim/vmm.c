// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include "claim/start.h"
#include "util/atomic.h"
#include "util/command.h"

#define QEMU         "/usr/bin/qemu-system-x86_64"
#define VERSION_FILE "run/gpuhost/qemu-version"

enum { VERSION_TIMEOUT = 15 * 1000 * 1000, VERSION_MAX = 256, NEWEST_KNOWN = 10 };

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

/* What stands below another root is not run. */
int vmm_find(Stage *s)
{
        s->start.qemu = strdup(QEMU);
        if (!s->start.qemu)
                return -ENOMEM;
        if (!root_is_host(s->root))
                return 0;
        if (access(QEMU, X_OK) < 0)
                return errno == ENOENT
                               ? refuse(s, "there is no " QEMU ": install QEMU for x86 systems")
                               : refuse_error(s, -errno, "cannot run " QEMU);
        return find_host_id(s);
}

/* Which file said it: an upgrade makes another. */
static char *identity(void)
{
        struct stat st;

        if (stat(QEMU, &st) < 0)
                return NULL;
        return format_string("%ju:%ju %jd %jd.%09ld ", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino,
                             (intmax_t)st.st_size, (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

static bool parse(Stage *s, const char *version)
{
        return sscanf(version, "%u.%u", &s->start.qemu_major, &s->start.qemu_minor) == 2;
}

static bool recall(Stage *s, const char *of)
{
        _cleanup_free_ char *known = NULL;
        const char *version;

        if (!of || root_read_file(s->root, VERSION_FILE, VERSION_MAX, &known, NULL) < 0)
                return false;
        version = startswith(known, of);
        return version && parse(s, version);
}

static void remember(const Stage *s, const char *of)
{
        _cleanup_free_ char *text = NULL;

        if (of)
                text = format_string("%s%u.%u\n", of, s->start.qemu_major, s->start.qemu_minor);
        if (text) /* the next start may ask again */
                (void)!root_write_atomic(s->root, VERSION_FILE, text, strlen(text), 0644);
}

/* "QEMU emulator version 7.2.13 (Debian …)" */
static int ask(Stage *s)
{
        _cleanup_str_list_ StrList argv = {};
        _cleanup_str_buf_ StrBuf said = {};
        const char *version;
        int status = 0, r;

        if (str_list_add(&argv, QEMU) < 0 || str_list_add(&argv, "--version") < 0)
                return -ENOMEM;
        r = command_run(&argv, VERSION_TIMEOUT, &said, &status);
        if (r < 0)
                return refuse_error(s, r, "cannot run " QEMU);
        version = strstr(str_buf_get(&said), "version ");
        if (status == 0 && version && parse(s, version + strlen("version ")))
                return 0;
        return refuse(s, QEMU " --version ends with %d and tells no version", status);
}

int vmm_version(Stage *s)
{
        _cleanup_free_ char *of = NULL;
        int r;

        if (!root_is_host(s->root)) {
                s->start.qemu_major = NEWEST_KNOWN;
                return 0;
        }
        of = identity();
        if (recall(s, of))
                return 0;
        r = ask(s);
        if (r >= 0 && !s->why)
                remember(s, of);
        return r;
}
