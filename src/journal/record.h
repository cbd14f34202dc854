// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"
#include "util/enum-table.h"

/*
 * A line of the journal: a word, and its fields, each in quotes or "-" where there is none.
 *
 *      file "etc/x.cfg" - - "0644" "text\n"        before: absent; then: mode and text
 *      run "/usr/sbin/update-grub"                 has to be run
 *      ran "/usr/sbin/update-grub"                 was run, and ended with 0
 *      function "0000:01:00.0" "nouveau" - "vfio-pci"     driver, override; then: override
 *      attribute "sys/…/sriov_numvfs" "0" "8"      before; then
 *      undone "etc/x.cfg"                          a file, function or attribute is as it was
 */
typedef enum RecordKind {
        RECORD_FILE,
        RECORD_RUN,
        RECORD_RAN,
        RECORD_FUNCTION,
        RECORD_ATTRIBUTE,
        RECORD_UNDONE,
} RecordKind;

enum { RECORD_FIELDS = 32 };

typedef struct Record {
        RecordKind kind;
        char *fields[RECORD_FIELDS]; /* NULL: none */
        size_t n;
} Record;

/* With its newline. */
void record_format(RecordKind kind, const char *const fields[], size_t n, StrBuf *out);

/* `line` has no newline. -EBADMSG for what record_format() does not write. */
int record_parse(const char *line, Record *ret) _must_check_;
void record_done(Record *record);
#define _cleanup_record_ _cleanup_(record_done)
