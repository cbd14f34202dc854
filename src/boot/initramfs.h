// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "boot/boot.h"

/*
 * What builds the initramfs of these kernels again: those that the plan's STEP_INITRAMFS name. NULL: of
 * all that carry gpuhost-bind, for when nothing is declared any more. Nothing to do: empty work.
 * -EOPNOTSUPP: the tool is one that gpuhost does not run; gpuhost-boot(7) has what to type. Reads only.
 */
int boot_initramfs_work(Root *root, const Machine *machine, const StrList *versions,
                        BootWork *ret) _must_check_;
