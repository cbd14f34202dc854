// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/diag.h"

/*
 * Everything that gpuhost has to say about a machine or its configuration. The codes are an interface:
 * they stand in the JSON, in the journal and in gpuhost(1), and never change their meaning. A new one
 * is one row in finding.c and one entry in the man page, which a test compares.
 */
typedef enum FindingCode {
        /* configuration */
        FINDING_CONFIG_SYNTAX,
        FINDING_CONFIG_SCHEMA,
        FINDING_CONFIG_REFERENCE,
        FINDING_CONFIG_UNTRUSTED,
        FINDING_CONFIG_UNREADABLE,
        FINDING_CONFIG_IGNORED_KEY,
        FINDING_NAME_CLASH,
        FINDING_PORT_CLASH,

        /* IOMMU and interrupts */
        FINDING_IOMMU_OFF_FIRMWARE,
        FINDING_IOMMU_OFF,
        FINDING_NO_INTERRUPT_REMAPPING,
        FINDING_ACS_OVERRIDE,

        /* one GPU */
        FINDING_ID_MISMATCH,
        FINDING_NO_SUCH_GPU,
        FINDING_ENTRY_UNUSED,
        FINDING_NOT_ALLOWED,
        FINDING_GROUP_NOT_ISOLATED,
        FINDING_PROTECTED,
        FINDING_CONSOLE,
        FINDING_LAST_DISPLAY,
        FINDING_CORDONED,
        FINDING_NO_RESET,
        FINDING_RESET_SHARED,
        FINDING_DEVICE_DEAD,
        FINDING_FRAMEBUFFER,
        FINDING_HOST_CAN_SLEEP,
        FINDING_DEVICE_UNREADABLE,
        FINDING_DRIVER_MISSING,
        FINDING_SRIOV_UNSUPPORTED,
        FINDING_SRIOV_RANGE,
        FINDING_VGPU_UNSUPPORTED,
        FINDING_HUGEPAGES_MIXED,
        FINDING_ROLE_FAILED,

        /* instances */
        FINDING_POLICY_CONFLICT,
        FINDING_POLICY_SHARED,
        FINDING_SWITCH_AUTOSTART,
        FINDING_ROLE_MISMATCH,
        FINDING_GPU_REFUSED,
        FINDING_VGPU_PROFILE_UNKNOWN,
        FINDING_NO_CAPACITY,
        FINDING_DEVICE_NOT_ALLOWED,
        FINDING_DEVICE_MISSING,
        FINDING_DEVICE_UNSUITABLE,
        FINDING_DEVICE_SHARED,

        /* what others configured */
        FINDING_FOREIGN_VFIO_IDS,
        FINDING_FOREIGN_BLACKLIST,
        FINDING_FOREIGN_DRIVERCTL,
        FINDING_FOREIGN_MDEVCTL,
        FINDING_FOREIGN_LIBVIRT,
        FINDING_FOREIGN_SOFTDEP,
        FINDING_STALE_VFIO_VIRQFD,
        FINDING_ARGUMENT_WITHOUT_EFFECT,

        /* boot */
        FINDING_ARGUMENTS_PENDING,
        FINDING_ARGUMENTS_UNMANAGED,
        FINDING_BOOT_LOADER_UNKNOWN,
        FINDING_NO_ADDON,
        FINDING_INITRAMFS_STALE,
        FINDING_INITRAMFS_UNREADABLE,
        FINDING_INITRAMFS_UNMANAGED,
        FINDING_DISARMED,
        FINDING_WATCHDOG_NONE,
        FINDING_WATCHDOG_INACTIVE,
        FINDING_UNSEEN,
        _FINDING_MAX,
} FindingCode;

typedef struct FindingSpec {
        const char *code;    /* "iommu-off" */
        Severity severity;   /* unless the one who reports it knows better */
        const char *summary; /* a line for lists */
        const char *fix;     /* what to do, where no better advice is known */
} FindingSpec;

extern const FindingSpec finding_specs[_FINDING_MAX];

/* NULL for a word that is no code. */
const FindingSpec *finding_spec_find(const char *code) _pure_;

typedef struct Finding {
        FindingCode code;
        Severity severity;
        char *subject; /* full lower-case address, instance, file: what it is about; may be NULL */
        char *message;
        char *fix;             /* NULL: that of the table */
        char *file;            /* NULL: about no file */
        unsigned line, column; /* 0: not told */
} Finding;

typedef struct FindingList {
        Finding *items;
        size_t n;
        bool failed; /* memory was short */
} FindingList;

/* Adds a finding of the table's severity and returns it for the rest to be filled in; NULL when memory
 * is short, which `failed` remembers. */
Finding *finding_add(FindingList *list, FindingCode code, const char *subject, const char *format,
                     ...) _printf_(4, 5);
void finding_fix(Finding *finding, const char *format, ...) _printf_(2, 3); /* NULL: nothing */
void finding_at(Finding *finding, Origin origin);                           /* NULL: nothing */
bool finding_list_has(const FindingList *list, Severity at_least);

/* By severity, code in the order of the table, subject, message. */
void finding_list_sort(FindingList *list);
void finding_list_done(FindingList *list);
#define _cleanup_finding_list_ _cleanup_(finding_list_done)

/* Remarks on files become findings beside the rest. */
int finding_list_add_diag(FindingList *list, const Diag *diag) _must_check_;
