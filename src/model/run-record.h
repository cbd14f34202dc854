// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * What the claim stage leaves for the stage that runs the machine, which links no YAML and asks no
 * device: run/gpuhost/start/NAME.json, 0400 and the machine's user's, in a folder of root's (0711).
 *
 * Descriptors of the machine are fixed by their order: VMM_FD_QMP, which the run stage makes itself, and
 * VMM_FD_FIRST + i for the i-th of `fds`, names under which PID 1 keeps what claim has opened.
 */

#include "model/config.h"
#include "model/vmm-process.h"

#define RUN_RECORD_FOLDER "run/gpuhost/start"

enum {
        RUN_FDS_MAX = 64, /* FileDescriptorStoreMax= of the unit */

        /* The guest's sd_notify(3) goes to the host's (CID 2) port whose number is the guest's CID: what
         * one machine at a time has is a port of its own, too. Below it ports want a capability. */
        RUN_VSOCK_CID_MIN = 1024,
};

typedef struct RunHealth {
        HealthType type;
        char *address;  /* numeric, where host and guest meet; http and tcp */
        uint16_t port;  /* on `address`; http and tcp */
        char *endpoint; /* "/health"; http */
        uint32_t timeout_ms, interval_ms, retries;
} RunHealth;

typedef struct RunRecord {
        char *name; /* of the instance, with a replica's number */
        char *file; /* where it is declared, as messages name it */
        StrList argv;
        StrList fds;
        HostCpus *cpus; /* by vCPU; none: they run where they like */
        size_t n_cpus;
        uint64_t memory_mb;
        bool prealloc; /* memory is touched or pinned before the machine answers: that takes long */
        StrList gpus;  /* addresses, for people */
        RunHealth health;
        uint32_t vsock_cid; /* 0: none */
        uint64_t stop_timeout_usec;
} RunRecord;

void run_record_done(RunRecord *record);
#define _cleanup_run_record_ _cleanup_(run_record_done)

/* "run/gpuhost/start/NAME.json"; NULL when memory is short. */
char *run_record_path(const char *name) _must_check_;

/* The program at the other end of one of `fds`, without which the machine is none any more: "swtpm" of "tpm".
 * NULL: there is none. */
const char *run_fd_helper(const char *name) _pure_;
