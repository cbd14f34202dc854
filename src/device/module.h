// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/*
 * Loads a module of the running kernel as modprobe(8) does: with what it depends on, its softdeps and
 * the options of modprobe.d. One that is built in or loaded already is fine. -ENOENT: the kernel has
 * none of that name.
 *
 * An `install` line would replace loading by a shell command, which is not run: -EPERM, with the command
 * in *ret_command (else it is left alone).
 */
int module_load(const char *name, char **ret_command) _must_check_;
