// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/prepared.h"
#include "util/root.h"

/* Tells the journal of each role, with MESSAGE_ID=, ROLE=, GPU= and PCI_ADDR=. */
void record_log(const PreparedList *list);

/* Leaves them in run/gpuhost/state.json. */
int record_write(Root *root, const PreparedList *list) _must_check_;
