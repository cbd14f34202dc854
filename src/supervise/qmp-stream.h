// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <jansson.h>

#include "util/macros.h"

/*
 * What QEMU says on its QMP socket, cut into messages: a JSON map a line (docs/interop/qmp-spec). Whoever
 * has broken out of the guest speaks here, too: nothing is believed, and no message is larger than
 * QMP_MESSAGE_MAX.
 */

enum { QMP_MESSAGE_MAX = 1024 * 1024 };

typedef enum QmpKind {
        QMP_GREETING,
        QMP_RETURN, /* value: what the command returns */
        QMP_ERROR,  /* text: its description */
        QMP_EVENT,  /* text: its name; value: its data, may be NULL */
} QmpKind;

typedef struct QmpMessage {
        QmpKind kind;
        bool has_id;
        uint64_t id;
        const char *text;
        json_t *value;
        json_t *whole; /* owns the others */
} QmpMessage;

void qmp_message_done(QmpMessage *message);
#define _cleanup_qmp_message_ _cleanup_(qmp_message_done)

typedef struct QmpStream {
        char *data;
        size_t start, len, capacity; /* what waits to be read is data[start] to data[len - 1] */
        size_t scanned;              /* no end of a line before it */
} QmpStream;

/* -EMSGSIZE: a message is too large. After any failure the stream is of no use. */
int qmp_stream_add(QmpStream *stream, const char *data, size_t n) _must_check_;

/* 1: a message; 0: none that is whole; -EBADMSG: no message of QMP. */
int qmp_stream_next(QmpStream *stream, QmpMessage *ret) _must_check_;
void qmp_stream_done(QmpStream *stream);
#define _cleanup_qmp_stream_ _cleanup_(qmp_stream_done)
