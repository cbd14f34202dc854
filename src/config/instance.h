// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/tables.h"

Instance *instance_new(InstanceKind kind, const char *name, const char *file);
KeyKinds instance_key_kind(const Instance *instance) _pure_;

/* The i-th port that it forwards; NULL after the last. */
const PortForward *instance_forward(const Instance *instance, size_t i, Origin *ret_origin);
bool forwards_clash(const PortForward *a, const PortForward *b) _pure_;

/* What one more file says, over what those before it said. */
int instance_merge(Instance *instance, const Instance *other) _must_check_;

/* What shows only when everything is merged. Errors are told and make the instance invalid. `host` is
 * NULL when it is not known which GPUs have names. */
int instance_validate(Instance *instance, const HostConfig *host, Diag *diag) _must_check_;
