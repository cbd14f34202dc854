// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/pci.h"
#include "util/root.h"

/* nvidia-persistenced keeps every card open, so that the driver does not unload its firmware. It is no user
 * of the card: it lets go of one when asked, and takes it again. */
#define PERSISTENCE_DAEMON "nvidia-persiste" /* as the kernel cuts its name */

/* The commands that ask it, where it runs and the card is with NVIDIA's driver: 1. Else 0. */
int persistence_commands(Root *root, PciAddress gpu, StrList *off, StrList *on) _must_check_;
