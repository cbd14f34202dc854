// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/pci.h"
#include "util/root.h"

typedef struct Question {
        bool asked, of_group;
        PciAddress address;
        uint64_t group;
} Question;

/*
 * Prints, each where it applies:
 *
 *      GPUHOST_NAME=big            what the gpus: entry calls the GPU, if it means one alone
 *      GPUHOST_ROLE=passthrough    the GPU's
 *      GPUHOST_DRIVER=vfio-pci     what this function belongs to, for driver_override
 *      GPUHOST_BIND=1              and what it has not got
 */
int decide(Root *root, const Question *question, FILE *out) _must_check_;
