// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <systemd/sd-event.h>

#include "model/run-record.h"
#include "util/buf.h"

/*
 * One question to what the machine is for, at a time: does it take a connection (tcp), does it answer a
 * GET with 2xx or 3xx (http). Nothing waits; an answer is given once, and `why` is NULL where all is well.
 */
typedef struct Health Health;

typedef void (*HealthAnswer)(void *userdata, const char *why);

/* `health` is borrowed; http or tcp. */
int health_new(sd_event *event, const RunHealth *health, HealthAnswer answer, void *userdata,
               Health **ret) _must_check_;
Health *health_free(Health *health);
DEFINE_CLEANUP(Health *, health_free)

/* Ends a question that is open. */
void health_ask(Health *health);

/* "http://127.0.0.1:8080/health", "tcp 127.0.0.1:22" */
void health_describe(const RunHealth *health, StrBuf *out);

/* What a server's first line says: 0 until that is clear, else its status, else -EBADMSG. */
int http_status(const char *text, size_t n) _pure_;
