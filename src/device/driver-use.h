// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/node.h"

/* How much the module of a PCI driver is in use, over all devices that it has. */
typedef struct DriverUse {
        char *driver, *module;
        uint64_t references; /* as the kernel counts them */
        uint64_t dependents; /* modules that use this one: a reference each */
        uint64_t explained;  /* open nodes, for the caller to count */
        DeviceNodeList nodes;
} DriverUse;

/* The drivers of these functions that are modules. Without those of VFIO, whose groups tell all. */
int driver_uses_read(Root *root, const PciAddress *functions, size_t n, DriverUse **ret,
                     size_t *ret_n) _must_check_;
void driver_uses_free(DriverUse *uses, size_t n);
