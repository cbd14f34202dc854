// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * The root half of a start and of a stop of one VM: gpuhost-claim claim NAME before its supervisor,
 * gpuhost-claim release NAME after it. Both run as often as one likes: what is done already is done again
 * without harm, and release undoes whatever a claim came to before it was killed.
 */

#include "claim/manager.h"
#include "config/config.h"
#include "guest/guest.h"
#include "host/machine.h"
#include "lease/claims.h"
#include "model/run-record.h"
#include "model/start.h"
#include "plan/plan.h"

/* A function that the VM gets. */
typedef struct Passed {
        const PciDevice *device;
        const GpuPlan *gpu;    /* that it is part of; NULL: it is taken for itself */
        const char *driver;    /* that it must have */
        const char *vgpu_type; /* that it is given, a VF that is a vGPU then; NULL: none */
} Passed;

/* A mediated device that is made for the VM. */
typedef struct Mdev {
        const GpuPlan *gpu;
        char uuid[GUEST_UUID_MAX];
        int32_t group; /* -1: not made yet */
} Mdev;

typedef struct Stage {
        Root *root;
        const char *name;
        char unit[64]; /* "gpu-vm@trainer.service" */
        Config config;
        Diag diag;
        Machine machine;
        Plan plan;
        bool plan_known;
        const Instance *instance;     /* NULL: no file declares it any more */
        const Assignment *assignment; /* likewise */
        LeaseList leases;
        Passed *passed; /* by address */
        size_t n_passed;
        Mdev *mdevs;
        size_t n_mdevs;
        Manager *manager;
        uid_t uid; /* the VM's */
        GuestStart start;
        StrList disks;        /* where each is: "/dev/sdb1", "/srv/trainer.img" */
        StrList backings;     /* where what it is made on is, or "" */
        char *variables_from; /* what the firmware's are copied from; NULL: it has none */
        StrBuf *why;  /* what it is refused for goes there and nowhere else; NULL: it is said */
        bool for_now; /* what it was refused for may be over soon */
} Stage;

void stage_done(Stage *s);
#define _cleanup_stage_ _cleanup_(stage_done)

void stage_begin(Stage *s); /* with root and name set */

/* Configuration and machine; then, under the gate, claims and plan. Claims are those of others: what this
 * instance had is let go of before. */
int stage_load(Stage *s) _must_check_;
int stage_plan(Stage *s) _must_check_;

/* The same without a gate, and without putting anything in order. */
int stage_look(Stage *s) _must_check_;

/* Says why it does not start, to the journal and to `systemctl status`, and returns -ECANCELED, which
 * nobody says again. The next start would be refused as well, until somebody has changed something. */
int refuse(Stage *s, const char *format, ...) _printf_(2, 3) _must_check_;

/* The same of what may be over by itself: a restart makes sense. */
int refuse_for_now(Stage *s, const char *format, ...) _printf_(2, 3) _must_check_;

/* That for a call that failed: "cannot open /dev/x: No such device". Memory that is short is handed on. */
int refuse_error(Stage *s, int r, const char *format, ...) _printf_(3, 4) _must_check_;

#define ADDRESS(a) pci_address_format((a), (char[PCI_ADDRESS_MAX]){})

enum {
        GATE_TIMEOUT = 30 * 1000 * 1000,
        STORE_TIMEOUT = 60 * 1000 * 1000, /* PID 1 may have many starts to see to before */
        JOURNAL_TIMEOUT = 60 * 1000 * 1000,
        UDEV_TIMEOUT = 10 * 1000 * 1000,
};

/* subject.c: which instance is meant, and whether it may start. Refuses. */
int subject_find(Stage *s) _must_check_;
int subject_may_start(Stage *s) _must_check_;

/* passed.c: what it gets, and the locks on that. */
int passed_collect(Stage *s) _must_check_;
int passed_lock(Stage *s) _must_check_;
int passed_store(Stage *s) _must_check_;
int passed_add(Stage *s, const Passed *p) _must_check_; /* once */

/* vgpu.c: which part of its card a VM gets; then makes it. What was made, by whichever claim of this name,
 * is removed. */
int vgpu_choose(Stage *s, const GpuPlan *gpu) _must_check_;
int vgpus_make(Stage *s) _must_check_;
void vgpus_remove(Stage *s);

/* bind.c: drivers. */
int bind_all(Stage *s) _must_check_;
int bind_return(Stage *s, const PciAddress *functions, size_t n) _must_check_;

/* check.c: resets, and whether all came back. */
int check_reset_all(Stage *s) _must_check_;
bool check_reset_one(Stage *s, PciAddress address, PciAddress cordoned);

/* kvm.c: it is there, where the VM is to have it. */
int kvm_ready(Stage *s) _must_check_;

/* start.c: everything else that the VMM needs, which only looks at the machine; then all that is made and
 * opened for it, and the record. */
int start_decide(Stage *s) _must_check_;
int start_make(Stage *s) _must_check_;

/* record.c: all that is written down of a start. */
int record_fill(Stage *s, RunRecord *record) _must_check_;

/* seed.c */
int seed_remove(Stage *s) _must_check_;

/* -ECANCELED: refused, and said. -EAGAIN: the same, for now. */
int claim_run(Root *root, const char *name) _must_check_;
int release_run(Root *root, const char *name) _must_check_;
