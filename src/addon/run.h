// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "boot/addon.h"

/* Brings the addon of a unified kernel image to what the state says, and returns an exit status. What
 * another loader boots needs none, and has none then. */
int addon_run(Root *root, const AddonMaker *maker) _must_check_;
