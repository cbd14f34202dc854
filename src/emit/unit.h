// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"

/*
 * The one writer of unit files. systemd reads a '%' as a specifier, a backslash at the end of a line as
 * "goes on below", and in lists of words blanks and quotes: what a file of ours says must come out of
 * PID 1's reader as it went in, or not at all.
 */
typedef struct UnitText {
        StrBuf text;
        bool refused; /* something that no unit file can hold */
} UnitText;

void unit_text_clear(UnitText *unit); /* keeps the memory for the next one */
void unit_text_done(UnitText *unit);
#define _cleanup_unit_text_ _cleanup_(unit_text_done)

/* A remark for who opens the file; of ours alone. */
void unit_comment(UnitText *unit, const char *text);
void unit_section(UnitText *unit, const char *name);

/* The whole rest of the line, as it is. Control characters are refused. */
void unit_value(UnitText *unit, const char *key, const char *value);

/* The same for people: what would steer a terminal is shown as \xNN, and it ends after a few hundred
 * bytes. */
void unit_prose(UnitText *unit, const char *key, const char *text);

/* One word of a list, whatever it holds. */
void unit_word(UnitText *unit, const char *key, const char *word);

/* "dev-disk-by\x2duuid-1.device" for "/dev/disk/by-uuid/1", as systemd.unit(5) has it. */
char *unit_name_of_device(const char *path) _must_check_;

/* -EINVAL when something was refused, -ENOMEM when memory was short. */
int unit_text_get(const UnitText *unit, const char **ret, size_t *ret_size) _must_check_;
