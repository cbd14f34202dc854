// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include "model/pci.h"
#include "util/root.h"

/*
 * vGPUs of the two kinds that are made: mediated devices, which have a UUID and no address, and VFs to
 * which a type is given. All writes run the driver's code, so they are bound in time, see watch.h.
 */
#define MDEV_DEVICES "sys/bus/mdev/devices"

/* How many more of this type the parent would make now. */
int mdev_available(Root *root, PciAddress parent, const char *type, uint64_t *ret) _must_check_;

/* -EIO when the driver says that it did and did not. */
int mdev_create(Root *root, PciAddress parent, const char *type, const char *uuid,
                uint64_t timeout_usec, pid_t *ret_stuck) _must_check_;

bool mdev_exists(Root *root, const char *uuid);

/* The IOMMU group that it has; every one has its own. */
int mdev_group(Root *root, const char *uuid, int32_t *ret) _must_check_;

/* That there is none is fine. */
int mdev_remove(Root *root, const char *uuid, uint64_t timeout_usec, pid_t *ret_stuck) _must_check_;

/* A VF that takes a type. */
bool vf_has_type(Root *root, PciAddress vf);

/* "0" takes it away. Changes nothing that is right; -EIO when the driver says that it did and did not. */
int vf_set_type(Root *root, PciAddress vf, const char *type, uint64_t timeout_usec,
                pid_t *ret_stuck) _must_check_;
