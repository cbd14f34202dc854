// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/machine.h"
#include "util/buf.h"
#include "util/root.h"

/* Writes all that is known of a machine as host.tree: the facts of host/, with what `wants` names, and
 * the files of gpuhost's configuration. Sorted and redacted: the same machine gives the same bytes, a
 * capture of a capture is itself, and the plan of a capture is that of the machine. `users` is what
 * users_format() says of this moment; NULL where `root` holds it itself. */
int capture_write(Root *root, const MachineWants *wants, const char *users,
                  StrBuf *out) _must_check_;
