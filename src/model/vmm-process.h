// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/* What who claims for a VMM and who runs it both have to know of its process. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macros.h"

/* Its descriptors: QMP, then what was opened for it, in order. */
enum { VMM_FD_QMP = 3, VMM_FD_FIRST = 4 };

/* The host's CPUs that one CPU of the guest may run on. */
typedef struct HostCpus {
        uint32_t *items;
        size_t n;
} HostCpus;

/* False when memory is short. */
bool host_cpus_add(HostCpus *cpus, uint32_t cpu) _must_check_;
