// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <jansson.h>
#include <systemd/sd-event.h>

#include "util/macros.h"

/*
 * A machine's monitor. Nothing here waits: what QEMU does not read stays in a buffer that a handful of
 * commands bound, and what it does not answer ends with a deadline.
 */
typedef struct Qmp Qmp;

typedef struct QmpHandlers {
        void (*greeted)(void *userdata);
        void (*event)(void *userdata, const char *name, json_t *data); /* data may be NULL */
        /* Once, as the last: 0 where QEMU has closed the socket; -EMSGSIZE, -EBADMSG: it talks nonsense. */
        void (*ended)(void *userdata, int error);
} QmpHandlers;

/* 0 and what the command returns; -EREMOTEIO and NULL where QEMU refuses it; -ETIMEDOUT. `text` is what
 * QEMU says of an error. */
typedef void (*QmpReply)(void *userdata, int error, json_t *value, const char *text);

/* Takes `fd`, in any case, which does not block. */
int qmp_new(sd_event *event, int fd, const QmpHandlers *handlers, void *userdata,
            Qmp **ret) _must_check_;
Qmp *qmp_free(Qmp *qmp);
DEFINE_CLEANUP(Qmp *, qmp_free)

/* `timeout_usec` 0: however long it takes. -EBUSY: too many are unanswered; -EPIPE: it has ended. */
int qmp_command(Qmp *qmp, const char *name, uint64_t timeout_usec, QmpReply reply) _must_check_;

/* Reads what is there, without waiting: for when QEMU has gone. */
void qmp_drain(Qmp *qmp);
