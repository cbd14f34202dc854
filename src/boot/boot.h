// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * What is written and run so that the next boot is as declared, and so that it comes back if it is not.
 * The work is told, not done: the journal does it, so that each piece can be undone.
 */

#include <sys/types.h>

#include "model/machine.h"
#include "util/root.h"

typedef struct BootFile {
        char *path; /* below the root, without a leading slash */
        char *text; /* the whole content; NULL: to be removed */
        mode_t mode;
} BootFile;

typedef struct BootCommand {
        StrList argv; /* the program's path is absolute */
} BootCommand;

/* The files first, then the commands, each in this order. */
typedef struct BootWork {
        BootFile *files;
        size_t n_files;
        BootCommand *commands;
        size_t n_commands;
} BootWork;

void boot_work_done(BootWork *work);
#define _cleanup_boot_work_ _cleanup_(boot_work_done)

/* `text` is taken, whatever comes of it; NULL: the file is to be removed. */
int boot_work_add_file(BootWork *work, const char *path, char *text, mode_t mode) _must_check_;
int boot_work_add_command(BootWork *work, const char *const argv[]) _must_check_;

/*
 * What brings exactly these arguments of ours to the next boot. NULL: none, and no trace of us. No
 * arguments at all is another thing: then the boot is watched all the same. Nothing to do: empty work.
 * -EOPNOTSUPP: gpuhost does not write for what boots this machine. -EINVAL: a word cannot be written
 * there. Reads only.
 */
int boot_arguments_work(Root *root, const Machine *machine, const StrList *arguments,
                        BootWork *ret) _must_check_;

/*
 * The watchdog: so many boots in a row may fail, then the host starts without any of it. What it reads
 * stands in Machine.boot_loader.watchdog.
 *
 * arm: count anew, from BOOT_TRIES. -EOPNOTSUPP: nobody can count here.
 * remove: no count, and no trace of it.
 */
int boot_watchdog_arm(Root *root, const Machine *machine) _must_check_;
int boot_watchdog_remove(Root *root, const Machine *machine) _must_check_;

/* What a boot that came up says of the count. */
typedef enum BootVerdict {
        BOOT_NOT_WATCHED, /* nothing counts */
        BOOT_GOOD,        /* it was counted, and the count begins anew */
        BOOT_MISSED,      /* nothing had counted it: it begins anew all the same */
        BOOT_DISARMED,    /* it was off, after too many that failed: it stays so */
        BOOT_OFF,         /* it was off because somebody wanted it so, which says nothing */
} BootVerdict;

extern const EnumTable boot_verdict_table;

/* To be called once in a boot that came up. Repeating it does no harm. */
int boot_watchdog_good(Root *root, const Machine *machine, BootVerdict *ret) _must_check_;

/*
 * Before anything is bound: counts this boot, where it is the firmware that keeps the count, and once in
 * a boot. Where too many have failed gpuhost is off from here on, for all that looks at this boot.
 */
int boot_watchdog_count(Root *root, bool *ret_disarmed) _must_check_;
