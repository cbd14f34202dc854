// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/boot.h"
#include "boot/checkpoint.h"
#include "boot/efi.h"
#include "boot/grubenv.h"
#include "util/atomic.h"

#define VARIABLE "gpuhost_tries" /* of GRUB: grub.d/08_gpuhost */
#define RESULT   "run/gpuhost/watchdog"
#define COUNTED  "run/gpuhost/counted"

DEFINE_ENUM_TABLE(boot_verdict_table,
                  "verdict", [BOOT_NOT_WATCHED] = "not-watched", [BOOT_GOOD] = "good",
                  [BOOT_MISSED] = "inactive", [BOOT_DISARMED] = "disarmed", [BOOT_OFF] = "off");

static int set_count(Root *root, const Machine *machine, int left)
{
        char digit[] = { (char)('0' + left), '\0' };
        int r;

        switch (machine->boot_loader.watchdog.kind) {
        case BOOT_WATCHDOG_GRUBENV:
                r = grubenv_write(root, VARIABLE, left == BOOT_UNCOUNTED ? NULL : digit);
                /* Unchanged too: grub-editenv writes its block to another place each time. */
                boot_checkpoint(root);
                return r;
        case BOOT_WATCHDOG_EFI:
                return efi_counter_write(root, left);
        case BOOT_WATCHDOG_NONE:
                break;
        }
        return left == BOOT_UNCOUNTED ? 0 : -EOPNOTSUPP;
}

/* From now on the count says nothing about this boot any more. */
static int note(Root *root, const char *word)
{
        _cleanup_free_ char *text = format_string("%s\n", word);

        return text ? root_write_atomic(root, RESULT, text, strlen(text), 0644) : -ENOMEM;
}

int boot_watchdog_arm(Root *root, const Machine *machine)
{
        int r = set_count(root, machine, BOOT_TRIES);

        return r < 0 ? r : note(root, "armed");
}

int boot_watchdog_remove(Root *root, const Machine *machine)
{
        int r = set_count(root, machine, BOOT_UNCOUNTED);

        if (r == -ENOENT || r == -EBADMSG) /* no block, no variable in it */
                r = 0;
        return r < 0 ? r : root_unlink_sync(root, RESULT);
}

/* A kernel that another has started has passed by the boot loader, and so have a soft reboot and one in
 * which somebody armed by hand: /run remembers. */
static bool was_to_be_counted(Root *root, const BootLoader *loader)
{
        return !loader->kexec && !root_exists(root, RESULT);
}

/* Three starts of another system are no failures of this one: with such in the menu nothing is counted
 * until there is something new to be tried. */
static int count_anew(Root *root, const Machine *machine)
{
        return set_count(root, machine,
                         machine->boot_loader.other_systems ? BOOT_UNCOUNTED : BOOT_TRIES);
}

/* Off by hand: this boot was no failure, and no success of what is watched. Its rung is given back. */
static int off_by_hand(Root *root, const Machine *machine)
{
        int left = machine->boot_loader.watchdog.left;

        return left > 0 && left < BOOT_TRIES && was_to_be_counted(root, &machine->boot_loader)
                       ? set_count(root, machine, left + 1)
                       : 0;
}

int boot_watchdog_good(Root *root, const Machine *machine, BootVerdict *ret)
{
        const BootLoader *loader = &machine->boot_loader;
        const BootWatchdog *w = &loader->watchdog;
        BootVerdict verdict = BOOT_GOOD;
        int r;

        if (!w->installed || w->kind == BOOT_WATCHDOG_NONE) {
                *ret = BOOT_NOT_WATCHED;
                return 0;
        }
        if (machine->disarmed)
                verdict = w->left == 0 ? BOOT_DISARMED : BOOT_OFF;
        else if (w->inactive || (w->left == BOOT_TRIES && was_to_be_counted(root, loader)))
                verdict = BOOT_MISSED;
        r = verdict == BOOT_DISARMED ? 0
            : verdict == BOOT_OFF    ? off_by_hand(root, machine)
                                     : count_anew(root, machine);
        if (r >= 0)
                r = note(root, enum_to_string(&boot_verdict_table, (int)verdict));
        if (r < 0)
                return r;
        *ret = verdict;
        return 0;
}

int boot_watchdog_count(Root *root, bool *ret_disarmed)
{
        char digit[4];
        int left = 0, r;

        /* Once in a boot: what ran in the initramfs has left what it found. */
        if (root_read(root, COUNTED, digit, sizeof(digit)) >= 0) {
                *ret_disarmed = streq(digit, "0");
                return 0;
        }
        r = efi_counter_read(root, &left);
        if (r == -ENOENT || r == -EBADMSG) { /* counted by GRUB, or not at all */
                *ret_disarmed = false;
                return 0;
        }
        if (r < 0)
                return r;
        (void)snprintf(digit, sizeof(digit), "%d", left);
        r = left > 0 ? efi_counter_write(root, left - 1) : 0;
        if (r >= 0)
                r = root_write_atomic(root, COUNTED, digit, strlen(digit), 0644);
        if (r >= 0 && left == 0)
                r = root_write_atomic(root, BOOT_OFF_FILE, "", 0, 0644);
        if (r < 0)
                return r;
        *ret_disarmed = left == 0;
        return 0;
}
