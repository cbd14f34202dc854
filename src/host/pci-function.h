// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* A function as the one pass over all of them sees it. */
typedef struct PciFunction {
        PciAddress address;
        uint16_t class;
        uint8_t interface;
        int class_error; /* the class is not known, for this reason */
        bool wanted, is_read;
} PciFunction;

/* "0x030000" */
int pci_class_parse(const char *s, uint16_t *ret_class, uint8_t *ret_interface) _must_check_;

/* "../../../devices/pci0000:00/0000:00:01.0" to "pci0000:00/0000:00:01.0", if it ends in `name`. */
const char *pci_link_path(const char *target, const char *name) _pure_;

/* Reads what tells a function from others, and what it hangs on. `bus` is sys/bus/pci/devices. What is wrong with them stands
 * in the device's `trouble`. */
int pci_function_read(const RootDir *bus, const PciFunction *function, PciDevice *ret) _must_check_;
