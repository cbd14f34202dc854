// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"
#include "util/str.h"

/*
 * Takes out of a capture what identifies a machine or its owner. What is the same stays the same: each
 * value has its own placeholder, so that an entry that matches by serial number still matches. Values
 * that are placeholders already stay, so that a capture of a capture is itself.
 */
typedef enum RedactKind {
        REDACT_UUID,
        REDACT_MAC,
        REDACT_SERIAL,
        REDACT_MAPPED, /* names below /dev/mapper: they hold host names and UUIDs */
        REDACT_ARGUMENT,
        _REDACT_MAX,
} RedactKind;

typedef struct Redactor {
        StrList seen[_REDACT_MAX];      /* the n-th has the n-th free placeholder */
        unsigned reserved[_REDACT_MAX]; /* placeholders up to here were there before */
        bool surveying;                 /* only look for placeholders */
} Redactor;

void redactor_done(Redactor *r);

/* Appends the placeholder of a value. */
int redact_value(Redactor *r, RedactKind kind, const char *value, StrBuf *out) _must_check_;

/* Appends text with UUIDs, MAC addresses and mapped names replaced; with `known_words` also every
 * serial number and kernel argument that was replaced before. */
int redact_text(Redactor *r, const char *text, size_t n, bool known_words,
                StrBuf *out) _must_check_;

/* Appends one kernel argument, or a line of them, without the values that are nobody's business. */
int redact_argument(Redactor *r, const char *word, StrBuf *out) _must_check_;
int redact_arguments(Redactor *r, const char *line, StrBuf *out) _must_check_;

/* Appends a file of gpuhost's configuration: no comments, no values of environment variables. */
int redact_yaml(Redactor *r, const char *text, StrBuf *out) _must_check_;

/* Appends the content of a file of a capture. */
int redact_file(Redactor *r, const char *path, const char *data, size_t n,
                StrBuf *out) _must_check_;
