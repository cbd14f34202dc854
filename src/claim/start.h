// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "claim/stage.h"
#include "model/run-record.h"

/*
 * What start.c puts together. Each function tells by refuse() what is wrong with what it is about. Those
 * that decide only look at the machine, and number the descriptors that are to be opened; those that list
 * name the nodes for that; those that make and open do as was decided.
 */

/* The descriptors that GuestStart.fds names, in its order. */
typedef struct Opened {
        int fds[RUN_FDS_MAX];
} Opened;

void opened_init(Opened *opened);
void opened_done(Opened *opened);
#define _cleanup_opened_ _cleanup_(opened_done)

/* Takes `fd`, for what QEMU is to know by that number. */
int opened_put(Opened *opened, int number, int fd) _must_check_;

/* complete.c */
int complete_decide(Stage *s) _must_check_;
int complete_ports(Stage *s) _must_check_;

/* vmm.c */
int vmm_find(Stage *s) _must_check_;
int vmm_version(Stage *s) _must_check_; /* for who needs it: to ask takes as long as a claim */

/* firmware.c */
int firmware_decide(Stage *s) _must_check_;
int firmware_make(Stage *s) _must_check_;

/* disk.c */
int disks_decide(Stage *s) _must_check_;
int disks_list(const Stage *s, StrList *nodes) _must_check_;
int disks_open(Stage *s, Opened *opened) _must_check_;

/* network.c */
int networks_decide(Stage *s) _must_check_;
int networks_list(const Stage *s, StrList *nodes) _must_check_;
int networks_open(Stage *s, Opened *opened) _must_check_;

/* vsock.c */
int vsock_decide(Stage *s) _must_check_;
int vsock_list(const Stage *s, StrList *nodes) _must_check_;
int vsock_open(Stage *s, Opened *opened) _must_check_;

/* share.c */
int shares_decide(Stage *s) _must_check_;
int shares_open(Stage *s, Opened *opened) _must_check_;

/* tpm.c */
int tpm_decide(Stage *s) _must_check_;
int tpm_open(Stage *s, Opened *opened) _must_check_;

/* seed.c */
int seed_decide(Stage *s) _must_check_;
int seed_make(Stage *s) _must_check_;

/* cpus.c: NUMA node and CPUs. Those of other VMs stand in their records. */
int cpus_decide(Stage *s) _must_check_;

/* record.c */
int record_make(Stage *s) _must_check_;
