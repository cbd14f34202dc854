// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host/attributes.h"
#include "model/machine.h"

/* mdev_supported_types of a parent; none where it is no parent. */
int mdev_types_read(const Attributes *parent, VgpuTypeList *ret) _must_check_;

/* nvidia/creatable_vgpu_types of a VF. */
int vgpu_types_read(const Attributes *vf, PciDevice *d) _must_check_;

/* Text of that file: lines "ID : NAME", on some versions below a header. -EINVAL for anything else. */
int vgpu_types_parse(char *text, VgpuTypeList *ret) _must_check_;

/* Parents that are no PCI functions. */
int mdev_parents_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
