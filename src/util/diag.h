// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdarg.h>

#include "util/buf.h"
#include "util/enum-table.h"

typedef enum Severity {
        SEVERITY_ERROR,
        SEVERITY_WARNING,
        SEVERITY_INFO,
} Severity;

extern const EnumTable severity_table;

/* Where a value stands. `file` is borrowed from whoever holds the list of files; 0 is "unknown". */
typedef struct Origin {
        const char *file;
        unsigned line, column;
} Origin;

/* One remark on a file. */
typedef struct DiagItem {
        Severity severity;
        const char *code; /* of the finding it becomes: "config-syntax" */
        char *file;
        unsigned line, column; /* from 1; 0 when the whole file or line is meant */
        char *message;         /* what is wrong, with the offending word */
        char *hint;            /* what was expected, or what was perhaps meant; may be NULL */
        char *source;          /* the line, or what of a long one is near; may be NULL */
        unsigned caret;        /* the place in `source`, where that is not `column` */
} DiagItem;

/* All remarks of one run: libraries add to it and go on, front ends print it. */
typedef struct Diag {
        DiagItem *items;
        size_t n, n_errors;
        bool failed; /* memory was short: something is missing here */
} Diag;

/* Adds a remark without a hint and source line, and returns it for these to be filled in; NULL when
 * memory is short, which `failed` remembers. */
DiagItem *diag_add(Diag *diag, Severity severity, const char *code, Origin origin,
                   const char *format, ...) _printf_(5, 6);
DiagItem *diag_add_v(Diag *diag, Severity severity, const char *code, Origin origin,
                     const char *format, va_list ap) _printf_(5, 0);
void diag_hint(DiagItem *item, const char *format, ...) _printf_(2, 3); /* item may be NULL */

/* By file, line and column; what was added first stays first among equals. */
void diag_sort(Diag *diag);
void diag_done(Diag *diag);
#define _cleanup_diag_ _cleanup_(diag_done)

/*      etc/gpuhost/vm.d/a.yaml:3:5: error: unknown key 'gpus'
 *          gpus: true
 *          ^ did you mean 'gpu'? */
void diag_item_format(const DiagItem *item, StrBuf *out);
