// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "lease/gate.h"
#include "model/pci.h"

/*
 * A claim is a lock, not a file: it is held by whoever has the descriptor, which is PID 1 as long as the
 * unit lives, and so cannot be forgotten. A file beside it, run/gpuhost/claims/ADDRESS, says whose it is,
 * for people and for the planner; host/claims.h reads it. Where nobody has the lock the file is a leftover
 * of somebody who was killed, and goes.
 *
 * What is claimed are functions of PCI devices, by address, and IOMMU groups, for a group's node has one
 * owner. All of these functions want the gate held.
 */
enum { LEASE_NAME_MAX = 32 };

typedef struct Lease {
        char name[LEASE_NAME_MAX]; /* "0000:01:00.0", "group-12" */
        bool shared;               /* with others who want it shared */
        int fd;                    /* -EBADF: not locked */
} Lease;

typedef struct LeaseList {
        Lease *items;
        size_t n;
} LeaseList;

/* Adds one, unless it is there. */
int lease_list_add(LeaseList *list, PciAddress address, bool shared) _must_check_;
int lease_list_add_group(LeaseList *list, int32_t group, bool shared) _must_check_;
void lease_list_done(LeaseList *list); /* closes the descriptors: what PID 1 has stays locked */
#define _cleanup_leases_ _cleanup_(lease_list_done)

/* Locks all, in order of their names, or none, and says whose they are. Nobody is waited for: -EBUSY where
 * another has one, with the first such one in *ret_taken (borrowed) and who has it in *ret_holder: a list,
 * or NULL where that is not known. */
int lease_take(Root *root, const char *instance, LeaseList *list, const Lease **ret_taken,
               char **ret_holder) _must_check_;

/* All that is said to be this instance's. What nobody has locked is a leftover, and is locked now, so that
 * it can be put in order; the rest has PID 1 for the instance, whose own it is, and is left at -EBADF. */
int lease_adopt(Root *root, const char *instance, LeaseList *ret) _must_check_;

/* What is said to be this instance's: names of leases. */
int lease_find(Root *root, const char *instance, StrList *ret) _must_check_;

/* It is this instance's no longer. The lock goes with the descriptors. */
int lease_forget(Root *root, const char *instance) _must_check_;

/* Forgets what nobody has locked, and adds the names of these. */
int lease_sweep(Root *root, StrList *swept) _must_check_;

/* The number of a group's name; -EINVAL for that of a function. */
int lease_parse_group(const char *name, int32_t *ret) _must_check_;
