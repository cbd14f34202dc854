// SPDX-License-Identifier: LGPL-2.1-or-later
#include "addon/run.h"

#include "host/esp.h"
#include "host/machine.h"
#include "util/kernel-arguments.h"
#include "util/log.h"

enum { MAX_STATE = 64 * 1024 };

static int read_state(Root *root, const Machine *m, StrList *ret)
{
        _cleanup_free_ char *text = NULL;
        int r = m->boot_loader.kind == BOOT_LOADER_UKI
                        ? root_read_file(root, BOOT_ADDON_STATE, MAX_STATE, &text, NULL)
                        : -ENOENT;

        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = kernel_arguments_split(text, ret);
        if (r < 0)
                log_error("cannot read /" BOOT_ADDON_STATE ": %s", strerror(-r));
        return r;
}

static int find_partition(Root *root, Machine *m)
{
        int r = m->boot_loader.kind == BOOT_LOADER_UKI ? 0 : esp_read(root, m);

        if (r < 0)
                log_error("cannot look for the partition of the boot loader: %s", strerror(-r));
        if (r < 0 || m->boot_loader.esp)
                return r;
        log_error("the partition of the boot loader is not mounted, and loader/addons on it cannot "
                  "be brought up to date: mount %s /boot/efi, then try again",
                  m->boot_loader.partition ? m->boot_loader.partition : "it on");
        return -ENOENT;
}

static int bring(Root *root, const AddonMaker *maker, const char *esp, const StrList *words)
{
        _cleanup_str_buf_ StrBuf said = {};
        int r = words->n > 0 ? addon_make(root, maker, esp, words, &said) : addon_remove(root, esp);

        if (r == -EIO)
                log_error("%s did not make an addon with these arguments: %s", maker->ukify,
                          said.data ? strstrip(said.data) : "it said nothing");
        else if (r == -ENOENT && words->n > 0)
                log_error("cannot run %s: apt install systemd-ukify", maker->ukify);
        else if (r < 0)
                log_error("cannot %s /%s/" BOOT_ADDON ": %s", words->n > 0 ? "write" : "remove",
                          esp, strerror(-r));
        return r;
}

int addon_run(Root *root, const AddonMaker *maker)
{
        _cleanup_str_list_ StrList words = {};
        _cleanup_machine_ Machine m = {};
        int r = machine_read(root, MACHINE_BOOT, NULL, &m);

        if (r < 0)
                log_error("cannot look at this machine: %s", strerror(-r));
        if (r >= 0)
                r = read_state(root, &m, &words);
        if (r >= 0)
                r = find_partition(root, &m);
        if (r >= 0)
                r = bring(root, maker, m.boot_loader.esp, &words);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
