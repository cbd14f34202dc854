// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/unit.h"
#include "model/config.h"

/* What gpu-vm@.service cannot know of an instance: from its file alone, nothing of the machine. */

enum { VM_UNIT_NAME_MAX = sizeof("gpu-vm@.service") + INSTANCE_NAME_MAX };

/* "gpu-vm@trainer.service" */
void vm_unit_name(const char *instance, char buf[static VM_UNIT_NAME_MAX]);

/* "gpu-vm-inference.target", which groups the replicas of a declaration. */
void vm_target_name(const char *declaration, char buf[static VM_UNIT_NAME_MAX]);

/* The drop-in of an instance or a replica of `declaration` (the instance itself where it has none).
 * `problem` is why its file is wrong, or NULL; then only what names it is written: what starts the
 * instance reads the file again, and refuses it for the same reason, or starts what was corrected. */
void vm_unit_dropin(UnitText *unit, const Instance *instance, const char *declaration,
                    const DiagItem *problem);

/* The target of a declaration that has replicas. */
void vm_unit_target(UnitText *unit, const Instance *declaration, const DiagItem *problem);
