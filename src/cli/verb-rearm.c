// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/stat.h>

#include "boot/boot.h"
#include "cli/verb.h"
#include "util/log.h"

/* The session has read and closed it. A capture is nothing that could be written to. */
static int open_root(const Session *s, Root **ret)
{
        const char *path = s->arguments->root ? s->arguments->root : "/";
        struct stat st;
        int r = stat(path, &st) < 0 ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;

        if (r >= 0)
                r = root_open(path, ret);
        if (r < 0)
                session_error(s, "cannot write below %s: %s", path, strerror(-r));
        return r;
}

static int arm(const Session *s, Root *root)
{
        int r = boot_watchdog_arm(root, &s->machine);

        if (r < 0 && r != -ENOMEM)
                session_error(s, "cannot count boots anew: %s%s", strerror(-r),
                              r == -EACCES || r == -EPERM ? "; try it as root" : "");
        return r;
}

int verb_rearm(Session *s, StrBuf *out)
{
        const BootWatchdog *w = &s->machine.boot_loader.watchdog;
        _cleanup_(root_freep) Root *root = NULL;
        int r;

        if (s->arguments->unless_disarmed && (!w->installed || w->left == 0))
                return STATUS_DONE;
        if (w->kind == BOOT_WATCHDOG_NONE || !w->installed) {
                session_error(s, w->kind == BOOT_WATCHDOG_NONE
                                         ? "nobody counts boots here, so there is nothing to arm: "
                                           "see gpuhost check"
                                         : "boots are not counted yet: gpuhost apply begins it");
                return STATUS_FAILED;
        }
        r = open_root(s, &root);
        if (r >= 0)
                r = arm(s, root);
        if (r < 0)
                return r == -ENOMEM ? r : STATUS_FAILED;
        if (!s->arguments->quiet)
                str_buf_printf(out,
                               "Armed: %s follows the files. After %d in a row that do not come up "
                               "gpuhost is off again.\n",
                               s->machine.disarmed ? "the next boot" : "each boot", BOOT_TRIES);
        return STATUS_DONE;
}

/* Of gpuhost-boot-ok.service, so what it says goes to the journal. */
int verb_boot_ok(Session *s, StrBuf *out)
{
        _cleanup_(root_freep) Root *root = NULL;
        BootVerdict verdict;
        int r = open_root(s, &root);

        log_open(log_target_of_stderr(), "gpuhost");
        if (r >= 0)
                r = boot_watchdog_good(root, &s->machine, &verdict);
        if (r < 0) {
                log_error("cannot tell that this boot came up: %s; after %d more the host starts "
                          "without passthrough",
                          strerror(-r), s->machine.boot_loader.watchdog.left);
                return STATUS_FAILED;
        }
        if (verdict == BOOT_MISSED)
                log_warning("the boot loader has not counted this boot (watchdog-inactive): %s",
                            finding_specs[FINDING_WATCHDOG_INACTIVE].fix);
        if (verdict == BOOT_DISARMED)
                log_warning("%d boots in a row did not come up, so gpuhost is off (disarmed): "
                            "gpuhost rearm, then reboot",
                            BOOT_TRIES);
        return STATUS_DONE;
}
