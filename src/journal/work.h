// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "boot/boot.h"
#include "journal/journal.h"

/* Files and commands, each told to the journal before it is done. */

/* Hears of commands: some take a minute, and what they said matters if they fail. */
typedef struct JournalListener {
        void (*begins)(void *userdata, const StrList *argv);
        /* `r` as of command_run(); `status` only where that is 0. */
        void (*ended)(void *userdata, const StrList *argv, int r, int status, const char *output);
        void *userdata;
} JournalListener;

/* Writes a file, or removes it (NULL), and remembers what was there. 1 where it changed, 0 where it was
 * so already. -ELOOP, -EBADMSG, -EFBIG: what is there is a link, no text, or too long to remember. */
int journal_put_file(Journal *j, const char *path, const char *text, mode_t mode) _must_check_;

/* 1: it is as it was before. 0: it was so, or is gone. -ESTALE: somebody has changed it since, so that it
 * is theirs now. */
int journal_restore_file(Journal *j, const JournalFile *file) _must_check_;

/* Notes the commands as pending and writes the files, so that whatever happens the commands are run
 * after the last change. 1 if there was anything. */
int journal_do_files(Journal *j, const BootWork *work) _must_check_;

/* Commands that have not succeeded yet. All are tried; the first failure is returned, -EIO where one
 * ended with another status than 0. 1 if there was any. */
int journal_run_pending(Journal *j, const JournalListener *listener) _must_check_;

/* For what needs no undoing, because it undoes. */
int journal_write(Journal *j, const char *path, const char *text, mode_t mode) _must_check_;

/* All that were ever run have to be run again. */
int journal_rerun_all(Journal *j) _must_check_;
