// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* Firmware for VMs, as its packages describe it: QEMU's docs/interop/firmware.json. */

#include "util/str.h"

typedef struct FirmwareDescriptor {
        char *file; /* "usr/share/qemu/firmware/60-edk2-x86_64.json" */
        char *code; /* flash image of the program */
        char *vars; /* from which every VM's own variables are copied; NULL: it keeps none */
        bool code_qcow2, vars_qcow2; /* else raw */
        StrList machines;            /* of x86_64 that it is for, as patterns: "pc-q35-*" */
        bool secure_boot, enrolled_keys, requires_smm;
} FirmwareDescriptor;

typedef struct FirmwareList {
        FirmwareDescriptor *items; /* in the order in which they are to be tried */
        size_t n;
        StrList wrong; /* files that could not be understood */
} FirmwareList;

void firmware_descriptor_done(FirmwareDescriptor *descriptor);
void firmware_list_done(FirmwareList *list);
#define _cleanup_firmware_list_ _cleanup_(firmware_list_done)
