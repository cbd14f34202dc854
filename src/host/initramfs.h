// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/*
 * Opens the built initramfs of every kernel that kernels_read() has found: Kernel.image. It costs a second
 * each, and so nothing is opened unless `wants` asks for it. What uses it looks at devices too.
 */
int initramfs_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
