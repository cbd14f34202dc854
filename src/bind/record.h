// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bind/run.h"
#include "device/slot.h"

/*
 * Leaves what was done in run/gpuhost/bind.json; for a single device in bind-ADDRESS.json. A device whose
 * driver does not come back gets a file of its name in run/gpuhost/stuck/: nobody should touch it in this
 * boot. The initramfs also leaves its copy of the protected addresses, for the time before /var is
 * mounted.
 */
int record_write(const BindArguments *arguments, Root *root, const SlotList *slots,
                 const FindingList *findings) _must_check_;
