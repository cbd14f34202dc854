// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* Which facts are wanted: each costs reads, and `list` needs few. */
typedef enum MachineParts {
        MACHINE_GPUS = 1 << 0,        /* devices, n_functions, groups, mdev_parents */
        MACHINE_IOMMU = 1 << 1,       /* iommu */
        MACHINE_ARGUMENTS = 1 << 2,   /* arguments, disarmed, hugepages_2m */
        MACHINE_KERNELS = 1 << 3,     /* kernels */
        MACHINE_BOOT = 1 << 4,        /* boot_loader */
        MACHINE_PROTECTIONS = 1 << 5, /* protections */
        MACHINE_FOREIGN = 1 << 6,     /* foreign */
        MACHINE_CLAIMS = 1 << 7,      /* claims */
        MACHINE_NAMES = 1 << 8,       /* vendor_name and device_name of devices */
        MACHINE_DETAILS = 1 << 9,     /* of devices: BARs, resets, power, revision, displays */
        MACHINE_PREPARED = 1 << 10,   /* prepared */
        MACHINE_IMAGES = 1 << 11,    /* initramfs_tool, and image of kernels: costs a second each */
        MACHINE_PREFLIGHT = 1 << 12, /* dead, framebuffer, can_sleep: wakes devices up */
        MACHINE_RUNNING = 1 << 13,   /* running */
        MACHINE_ALL = (1 << 14) - 1,
} MachineParts;

/* Reads the machine below `root`; with MACHINE_GPUS and MACHINE_KERNELS also what `wants` names, which
 * plan_wants() takes from the configuration (NULL: nothing). What can't be read or makes no sense is no
 * failure: it stands in Machine.unseen, or in the `trouble` of the device. Negative only where nothing
 * can be said at all: -ENOMEM. */
int machine_read(Root *root, MachineParts parts, const MachineWants *wants,
                 Machine *ret) _must_check_;
