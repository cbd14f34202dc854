// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/arguments.h"
#include "config/config.h"
#include "emit/text.h"
#include "host/machine.h"
#include "model/run-record.h"
#include "plan/plan.h"

typedef enum ExitStatus {
        STATUS_DONE = 0,
        STATUS_FAILED = 1,  /* or a finding of severity error */
        STATUS_WRONG = 2,   /* usage, or a file with a syntax or schema error */
        STATUS_CHANGES = 3, /* there are changes to make, or a reboot is pending */
} ExitStatus;

/* Of two that apply, the one that is told: 2 over 1 over 3. */
ExitStatus status_worse(ExitStatus a, ExitStatus b);

/* What a verb is to be given. */
typedef enum Needs {
        NEED_CONFIG = 1,
        NEED_MACHINE = 1 << 1,
        NEED_PLAN = 1 << 2 | NEED_CONFIG | NEED_MACHINE,
        NEED_CAPTURE = 1 << 3,
        SAY_FILES = 1 << 4,  /* wrong files on stderr: the verb itself is silent about them */
        SAY_UNSEEN = 1 << 5, /* the same of what could not be looked at */
        NEED_LOCK = 1 << 6,  /* to change this machine: as root, one at a time */
        NEED_USERS = 1 << 7, /* who uses what a step would take from its driver */
        NEED_ROOT = 1 << 8,  /* to change this machine through PID 1, which keeps order itself */
} Needs;

/* One run of the command: everything is read before anything is said. */
typedef struct Session {
        const Arguments *arguments;
        int lock;                /* -EBADF: not held */
        TextFormat format;       /* stdout */
        TextFormat error_format; /* stderr */
        Diag diag;               /* remarks on files */
        Config config;
        Machine machine;
        Plan plan;
        FindingList findings; /* of the plan and on files, sorted */
        StrBuf capture;
        RunRecord started; /* --command: what the VM that is asked for was started with */
        bool foreseen;     /* it does not run, and would be started with that */
        int started_error; /* why not: a negative errno */
        StrBuf started_why;
} Session;

/* Reads what is needed below --root. Negative errno after saying what could not be read. */
int session_load(Session *session, Needs needs, MachineParts parts) _must_check_;
void session_done(Session *session);
#define _cleanup_session_ _cleanup_(session_done)

/* What the configuration alone is worth: STATUS_WRONG or STATUS_FAILED where files have errors. */
ExitStatus session_files_status(const Session *session);

/* The same of some findings. */
ExitStatus session_findings_status(const FindingList *findings);

/* Errors and warnings about files on stderr, each with its line. */
void session_say_files(const Session *session);

/* "gpuhost: …" on stderr. */
void session_error(const Session *session, const char *format, ...) _printf_(2, 3);
