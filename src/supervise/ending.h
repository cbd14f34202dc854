// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/buf.h"

/*
 * How a machine came to its end, told to systemd by the exit status. The numbers are a contract with
 * Restart= and RestartPreventExitStatus= of gpu-vm@.service, and begin where neither the LSB nor systemd
 * has names of its own. See ending_table[].
 */
typedef enum RunExit {
        RUN_EXIT_ENDED = 0,
        RUN_EXIT_FAILED = 1,
        RUN_EXIT_USAGE = 2,
        RUN_EXIT_RECORD = 10,
        RUN_EXIT_REFUSED = 11,
        RUN_EXIT_QEMU = 12,
        RUN_EXIT_KILLED = 13,
        RUN_EXIT_QMP = 14,
        RUN_EXIT_PANIC = 15,
        RUN_EXIT_UNHEALTHY = 16,
        RUN_EXIT_HELPER = 17,
        RUN_EXIT_UNCLAIMED = 18,
} RunExit;

/*
 * What gpuhost-claim ends with when it has refused and would do so again. systemd asks nobody but the main
 * process whether a restart makes sense, so this one counts as success there (SuccessExitStatus=), and the
 * main process, which finds no record, says it: RUN_EXIT_UNCLAIMED.
 */
enum { CLAIM_EXIT_REFUSED = 19 };

typedef struct EndingRow {
        RunExit code;
        const char *meaning;
        bool final; /* a restart would end the same way: RestartPreventExitStatus= */
} EndingRow;

extern const EndingRow ending_table[];
extern const size_t ending_table_size;

/* What is known when QEMU has ended. */
typedef struct Ending {
        bool ran;                 /* it was running, as QMP says */
        bool asked;               /* we were told to stop it */
        bool forced;              /* the guest did not heed that in time */
        bool told;                /* QEMU has told of its end before (SHUTDOWN) */
        bool guest_shutdown;      /* the guest has ended it */
        bool panicked;            /* the guest's kernel has */
        char *unhealthy, *broken; /* why it was stopped; broken: QMP. NULL: not so */
        const char *helper;       /* the program that ended and left QEMU alone; NULL: none */
        int code, status;         /* as of waitid(2) */
        const char *last_words;   /* of QEMU; borrowed, may be empty */
} Ending;

void ending_done(Ending *ending);

/* The exit status, and a line for people. */
RunExit ending_judge(const Ending *ending, StrBuf *words);
