// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* The installed kernels: what their modules.dep, modules.builtin and configuration say of us. */
int kernels_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;

/* "kernel/drivers/vfio/pci/vfio-pci.ko.xz: …" names vfio_pci; NULL: no module. Writes into `line`. */
char *module_name_of(char *line);

/* To modprobe '-' and '_' are one. */
bool module_names_equal(const char *a, const char *b) _pure_;

/* The row of a module, NVIDIA's other names included (Debian's is nvidia-current); -1: none. */
int module_id_of(const char *name) _pure_;
