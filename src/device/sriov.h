// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "model/pci.h"
#include "util/root.h"

/* Whether the kernel offers new virtual functions to drivers. To be switched off before any are made
 * that are to leave the host, or their native driver is there first. Changes nothing that is right. */
int sriov_set_autoprobe(Root *root, PciAddress physfn, bool on, uint64_t timeout_usec,
                        pid_t *ret_stuck) _must_check_;

/* Makes `n` virtual functions, by way of none where there are others: the kernel takes no other road.
 * -EIO when the driver says that it did and did not; -ETIMEDOUT with the child that waits. */
int sriov_set_vfs(Root *root, PciAddress physfn, uint32_t n, uint64_t timeout_usec,
                  pid_t *ret_stuck) _must_check_;
