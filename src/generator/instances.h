// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/config.h"
#include "generator/output.h"

#define UNIT_DIR "/usr/lib/systemd/system/"

/* Drop-ins, targets and wants of all instances, one after the other: thousands of them take no more
 * memory than one. `diag` is the reader's. While gpuhost is `off` nothing wants them, and who starts
 * one is told. */
int instances_generate(ConfigReader *reader, Diag *diag, bool off, Output *out) _must_check_;
