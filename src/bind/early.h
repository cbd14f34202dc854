// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bind/driver.h"

/*
 * What has to be done before udev starts, and what has time. An override alone keeps native drivers from
 * a function that has none yet. So the rest of the boot waits for overrides, and not for modules: to load
 * those takes ten times as long.
 */

/* Writes the overrides of a slot that can wait for its drivers: none of its functions has one, and how
 * the kernel spells what they shall have is known without loading it. 1: they stand. 0: this slot cannot
 * wait, and nothing was done. Negative: what went wrong, as slot_bind(). */
int slot_take_early(Writer *writer, Slot *slot) _must_check_;

/* For the driver that could not be loaded: takes the overrides back, and offers the functions to their
 * native drivers, which udev may have loaded meanwhile. */
void slot_give_back(Writer *writer, const Slot *slot);

/* Tells PID 1 that the boot may go on (sd_notify(3), READY=1). Without libsystemd, whose libraries would
 * double what this program's start costs. Nothing happens where nobody asked, and the second time. */
void tell_ready(void);
