// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/root.h"

/* Prepares what is declared. Returns the exit code, which tells of wrong files and not of roles: those
 * are told of one by one. */
int prepare_run(Root *root);
