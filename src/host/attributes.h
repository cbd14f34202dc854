// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"
#include "util/root.h"

/* Reads attributes of one folder of sysfs. What is there but makes no sense is noted in words; what is
 * absent is not, unless it must be there. Values that are noted keep what they were. */
typedef struct Attributes {
        const RootDir *dir;
        StrBuf *trouble; /* "resource: not a number, vendor: missing" */
} Attributes;

enum { ATTRIBUTE_MAX = 4096 }; /* the kernel's own limit: a page */

void attributes_note(const Attributes *a, const char *name, int error);
void attributes_note_text(const Attributes *a, const char *name, const char *why);

/* True when `buf` holds the value. */
bool attributes_read(const Attributes *a, const char *name, char *buf, size_t size);

/* "0x10de" with at most `digits` digits. */
bool attributes_hex(const Attributes *a, const char *name, size_t digits, uint64_t *ret);
bool attributes_number(const Attributes *a, const char *name, uint64_t max, uint64_t *ret);
bool attributes_flag(const Attributes *a, const char *name, bool *ret);

/* One line of plain text; *ret stays where there is none. Several lines: attributes_text(). */
int attributes_word(const Attributes *a, const char *name, char **ret) _must_check_;
int attributes_text(const Attributes *a, const char *name, char **ret) _must_check_;

/* The last part of a link's target. */
bool attributes_link(const Attributes *a, const char *name, char *buf, size_t size);

/* What may go to a terminal: printable UTF-8 without control characters. */
bool text_is_plain(const char *s, const char *allowed) _pure_;
