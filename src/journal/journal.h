// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "model/pci.h"
#include "util/root.h"

/*
 * What gpuhost has changed on this host, and how it was before.
 *
 * A line stands in the file, synced, before what it tells of is done; see record.h. So whoever is killed
 * at any point leaves a file from which the next one goes on: `apply` plans anew from what is there, and
 * runs the commands that did not succeed; `revert` goes through everything that may have been done, and
 * finds of each whether it was. Nothing is done twice that is not harmless twice.
 *
 * For each thing the first line tells how it was before gpuhost came, the last one what gpuhost made of
 * it. What somebody else changed since is theirs, and stays.
 */
#define JOURNAL_FILE "var/lib/gpuhost/journal"

typedef struct JournalFile {
        char *path;
        char *former, *wanted; /* content; NULL: absent */
        mode_t former_mode, wanted_mode;
} JournalFile;

typedef struct JournalCommand {
        StrList argv;
        bool pending; /* it has not succeeded since what it works on was changed */
} JournalCommand;

typedef struct JournalFunction {
        PciAddress address;
        char *driver, *override; /* before; NULL: none */
        char *wanted;            /* the override that was written */
} JournalFunction;

typedef struct JournalAttribute {
        char *path;
        char *former, *wrote;
} JournalAttribute;

typedef struct Journal {
        Root *root;
        size_t size; /* of the file, as far as it makes sense */
        JournalFile *files;
        size_t n_files;
        JournalCommand *commands;
        size_t n_commands;
        JournalFunction *functions;
        size_t n_functions;
        JournalAttribute *attributes;
        size_t n_attributes;
} Journal;

/* Reads the file; none is an empty journal. A last line that is not whole was never acted on, and counts
 * for nothing. -EBADMSG for another wrong line, with its number in *ret_line. The lock must be held by
 * whoever means to change anything. */
int journal_open(Root *root, Journal *ret, unsigned *ret_line) _must_check_;
void journal_done(Journal *j);
#define _cleanup_journal_ _cleanup_(journal_done)

/* Each appends a line and is told by it. */
int journal_note_file(Journal *j, const JournalFile *file) _must_check_;
int journal_note_command(Journal *j, const StrList *argv, bool pending) _must_check_;
int journal_note_function(Journal *j, const JournalFunction *function) _must_check_;
int journal_note_attribute(Journal *j, const JournalAttribute *attribute) _must_check_;

/* A file, function or attribute, by path or address, is as it was: nothing to undo any more. */
int journal_note_undone(Journal *j, const char *what) _must_check_;

const JournalFile *journal_find_file(const Journal *j, const char *path) _pure_;
const JournalFunction *journal_find_function(const Journal *j, PciAddress address) _pure_;
bool journal_knows_command(const Journal *j, const StrList *argv) _pure_;
bool journal_has_pending(const Journal *j) _pure_;

/* Removes the file if there is nothing left to undo and to run. */
int journal_finish(Journal *j) _must_check_;
