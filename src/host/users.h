// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host/machine.h"
#include "util/buf.h"

/*
 * Who used a card at the moment of a capture: a machine is asked itself (device/in-use.h), a capture holds
 * the answer, or its plan would be another one. A line a function: its address, "none" or "held", and who.
 */
#define USERS_FILE "run/gpuhost/users"

int users_read(Root *root, const MachineWants *wants, Machine *m) _must_check_;

/* The file's text; empty where nothing is known. */
void users_format(const Machine *m, StrBuf *out);
