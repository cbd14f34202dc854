// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "claim/stage.h"
#include "model/run-record.h"

/* What start.c puts together. Each function tells by refuse() what is wrong with what it is about. */

/* The descriptors that GuestStart.fds names, in its order, and what the disks are by now. */
typedef struct Opened {
        int fds[RUN_FDS_MAX];
        size_t n;
        StrList disks; /* where each is: "/dev/sdb1", "/srv/trainer.img" */
} Opened;

void opened_done(Opened *opened);
#define _cleanup_opened_ _cleanup_(opened_done)

/* Takes `fd`; the number that QEMU knows it by. */
int opened_add(Stage *s, Opened *opened, StartFdKind kind, int fd) _must_check_;

/* complete.c */
int complete(Stage *s) _must_check_;

/* vmm.c */
int vmm_find(Stage *s) _must_check_;
int vmm_version(Stage *s) _must_check_; /* for who needs it: to ask takes as long as a claim */
int firmware_find(Stage *s) _must_check_;

/* disk.c: what each source means, and the nodes that are to be opened for it; then opens them. */
int disks_resolve(Stage *s, Opened *opened, StrList *nodes) _must_check_;
int disks_open(Stage *s, Opened *opened) _must_check_;

/* network.c */
int networks_list(const Stage *s, StrList *nodes) _must_check_;
int networks_open(Stage *s, Opened *opened) _must_check_;

/* vsock.c */
int vsock_list(const Stage *s, StrList *nodes) _must_check_;
int vsock_open(Stage *s, Opened *opened) _must_check_;

/* share.c */
int shares_open(Stage *s, Opened *opened) _must_check_;

/* tpm.c */
int tpm_open(Stage *s, Opened *opened) _must_check_;

/* seed.c */
int seed_make(Stage *s) _must_check_;

/* cpus.c: NUMA node and CPUs. Those of other VMs stand in their records. */
int cpus_decide(Stage *s) _must_check_;

/* record.c */
int record_make(Stage *s) _must_check_;
