// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "util/str.h"

/* PID 1, by its own socket: it is there before and after the system bus is. */
typedef struct Manager Manager;

int manager_open(Manager **ret) _must_check_;
Manager *manager_close(Manager *manager);
DEFINE_CLEANUP(Manager *, manager_close)

/* The user that DynamicUser= gave a unit. -ESRCH: there is none of that name. */
int manager_find_user(Manager *manager, const char *name, uid_t *ret) _must_check_;

/* The devices that a unit may use, and no others: "/dev/kvm", "char-nvidia*", for reading and writing. Until
 * the next boot, for systemd keeps that after the unit has stopped. */
int manager_allow_devices(Manager *manager, const char *unit, const StrList *nodes) _must_check_;

/* Starts a unit anew, whatever it did before, and waits until it is up. -ETIMEDOUT; -ECHILD: it does not come
 * up, and its journal tells why. Not for units that are ordered after ours, which would wait for us. */
int manager_restart(Manager *manager, const char *unit, uint64_t timeout_usec) _must_check_;

/* Asks for it, and waits for nothing. */
int manager_stop(Manager *manager, const char *unit) _must_check_;
