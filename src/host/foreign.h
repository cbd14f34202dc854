// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/root.h"

/* What others configured on the same ground. Each file of it is one function; all add to m->foreign. */
int foreign_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;
int foreign_arguments(Machine *m) _must_check_;                   /* of the running kernel */
int foreign_modprobe(Root *root, Machine *m) _must_check_;        /* modprobe.d */
int foreign_modules(Root *root, Machine *m) _must_check_;         /* modules to load at boot */
int foreign_libvirt(Root *root, Machine *m) _must_check_;         /* domains */
int foreign_device_managers(Root *root, Machine *m) _must_check_; /* driverctl, mdevctl */

/* Adds one and returns it for the rest to be filled in; `file` without the leading slash. */
int foreign_add(Machine *m, ForeignKind kind, const char *file, unsigned line, const char *text,
                Foreign **ret) _must_check_;

/* Adds the words between commas to `ids`; with `drivers` only those that are drivers of GPUs. */
int foreign_add_ids(Foreign *f, const char *words) _must_check_;
bool is_gpu_driver(const char *module) _pure_;

/* One line of modprobe.d, or of a list of modules. Returns 1 if it says something that matters. */
int foreign_modprobe_line(Machine *m, const char *file, char *line, unsigned number) _must_check_;
int foreign_modules_line(Machine *m, const char *file, char *line, unsigned number) _must_check_;
