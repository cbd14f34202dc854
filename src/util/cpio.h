// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/buf.h"

/*
 * Reader of what the kernel takes for an initramfs: cpio archives of the "newc" kind one after the other,
 * with zeroes between them; see Documentation/driver-api/early-userspace/buffer-format.rst. What is
 * compressed is somebody else's: reading ends where it begins. The input is not trusted.
 */

/* Where bytes come from. Any number up to n, 0 at the end, or negative. */
typedef struct CpioSource {
        ssize_t (*read)(void *userdata, void *buf, size_t n);
        void *userdata;
} CpioSource;

typedef struct CpioEntry {
        const char *name; /* without "./" or "/" in front */
        uint32_t mode, links;
        uint64_t size;
        const char *data; /* with a NUL behind it; NULL: it was not asked for */
} CpioEntry;

typedef struct CpioVisitor {
        bool (*wants)(void *userdata, const CpioEntry *entry); /* the content, of CPIO_DATA_MAX */
        int (*saw)(void *userdata, const CpioEntry *entry);    /* negative ends it all */
        void *userdata;
} CpioVisitor;

enum {
        CPIO_NAME_MAX = 4096,
        CPIO_DATA_MAX = 1024 * 1024, /* larger ones are told without their content */
        CPIO_ENTRIES_MAX = 1024 * 1024,
        CPIO_MAGIC = 6,
};

typedef struct CpioEnd {
        bool more;                       /* it is no archive that comes next … */
        uint64_t offset;                 /* … and it begins here, with … */
        unsigned char magic[CPIO_MAGIC]; /* … this; zeroes where it is shorter */
} CpioEnd;

/* -EBADMSG for what is no archive though it began as one, or ends within; -EFBIG beyond the limits. */
int cpio_read(const CpioSource *source, const CpioVisitor *visitor, CpioEnd *ret) _must_check_;

/* One entry as an archive has it; NULL ends the archive. For excerpts. */
void cpio_add(StrBuf *archive, const CpioEntry *entry);
