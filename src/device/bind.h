// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "device/writer.h"
#include "model/pci.h"
#include "util/enum-table.h"
#include "util/root.h"

/* Gives PCI functions to a driver, each by its own driver_override: see ABI/testing/sysfs-bus-pci.
 * Never new_id and never ids=, which name a kind of card and so take every card of that kind. */

enum { DRIVER_NAME_MAX = 64 }; /* with its NUL; the kernel's modules have names of at most 56 */

typedef enum BindOutcome {
        BIND_SKIPPED,   /* left alone, for what happened to another function of the slot */
        BIND_UNCHANGED, /* had it already */
        BIND_DONE,
        BIND_REFUSED,   /* another driver has it, and may not be asked to let go */
        BIND_NOT_TAKEN, /* the driver was offered the function and did not take it */
        BIND_FAILED,    /* a write was refused: `step` and `error` say which and why */
        BIND_STUCK,     /* a write did not come back: `step`, and the child that waits for it */
} BindOutcome;

extern const EnumTable bind_outcome_table;

typedef struct BindFunction {
        PciAddress address;
        const char *driver; /* that it should have; NULL: whichever claims it without an override */
        const char
                *from;   /* without a driver: the one that it leaves even if its override is cleared
                             * already, by an attempt that was ended half-way; may be NULL */
        bool may_unbind; /* nobody uses it by way of the driver that has it now */

        /* what came of it */
        BindOutcome outcome;
        char was[DRIVER_NAME_MAX], is[DRIVER_NAME_MAX]; /* driver before and after; "": none */
        char override[DRIVER_NAME_MAX];                 /* before; "": none */
        const char *step;
        int error;
        pid_t stuck;
} BindFunction;

/* What may be written as a driver's name: letters, digits, '-' and '_'. */
bool driver_name_plausible(const char *name) _pure_;

/* The driver that a function has at present, "" for none. */
int function_driver(Root *root, PciAddress address, char ret[static DRIVER_NAME_MAX]) _must_check_;

/* Its driver_override, "" for none. Waits for whoever has the device locked: see stuck.h. */
int function_override(Root *root, PciAddress address,
                      char ret[static DRIVER_NAME_MAX]) _must_check_;

/* The registered PCI driver of this name, as the kernel spells it: '-' and '_' are one to modprobe, but
 * not to driver_override. -ENOENT where it is neither loaded nor built in. */
int driver_find(Root *root, const char *name, char ret[static DRIVER_NAME_MAX]) _must_check_;

/*
 * Gives the functions of one slot their drivers. All overrides are written before the first function is
 * probed, so that none can be taken by its native driver because another took its time. Functions whose
 * override is cleared go back to the driver that claims them, or to none where that is not loaded.
 *
 * Whole or not at all as far as that goes: where a function may not be unbound nothing is written, and
 * where an override cannot be written the others are taken back. Once all stand they stay, even if a
 * driver then refuses its function: the card was declared to leave the host, and a native driver that
 * takes it later would be the worse surprise.
 *
 * `timeout_usec` is for each write. 0 when all have the driver, else what went wrong first: -EBUSY
 * (refused), -ENXIO (not taken), -ETIMEDOUT (stuck), the kernel's own. `functions` tell the details.
 */
int slot_bind(Writer *writer, BindFunction *functions, size_t n,
              uint64_t timeout_usec) _must_check_;

/* Its two halves. After the first the overrides stand and nobody has been offered anything: no other
 * driver takes a function that had none. */
int slot_override(Writer *writer, BindFunction *functions, size_t n,
                  uint64_t timeout_usec) _must_check_;
int slot_probe(Writer *writer, BindFunction *functions, size_t n,
               uint64_t timeout_usec) _must_check_;
