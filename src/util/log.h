// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <syslog.h>

#include "util/macros.h"

/* Messages of the programs behind units, which have nobody to talk to. Libraries return what they have
 * to say, and `gpuhost` itself prints. */
typedef enum LogTarget {
        LOG_TO_STDERR,  /* a person reads along */
        LOG_TO_JOURNAL, /* stderr with a level as sd-daemon(3) writes it: "<4>text" */
        LOG_TO_KMSG,    /* before there is a journal */
} LogTarget;

/* `program` stands before each message where nothing else tells who speaks. Where the kernel log cannot
 * be opened stderr serves. */
void log_open(LogTarget target, const char *program);

/* The journal where systemd has connected stderr to it, else a person. */
LogTarget log_target_of_stderr(void);

/* `level` as of syslog(3). One line; control characters are shown as '?'. */
void log_message(int level, const char *format, ...) _printf_(2, 3);

/* A field of the journal beside the message: names as systemd.journal-fields(7) has them. */
typedef struct LogField {
        const char *name, *value; /* NULL: left out */
} LogField;

/* Whether fields go anywhere: to the journal, which also takes any number of messages. */
bool log_takes_fields(void);

/* As log_message(); with the fields where the journal listens. Never waits for it. */
void log_fields(int level, const LogField *fields, size_t n, const char *format, ...)
        _printf_(4, 5);

#define log_error(...)   log_message(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_message(LOG_NOTICE, __VA_ARGS__)
