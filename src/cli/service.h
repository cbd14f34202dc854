// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"

/* The units of instances, through systemctl: what PID 1 may do, and who may ask it to, is its own business. */

enum { SERVICE_NAME_MAX = 64 };

/* "gpu-vm@trainer.service" */
const char *service_name(const char *instance, char buf[static SERVICE_NAME_MAX]);

/* Whether it runs; neither while it starts nor while it stops. */
int service_is_active(const char *instance, bool *ret) _must_check_;

/* Waits until it has started or stopped, which its own timeouts limit; `expected` is how long that may
 * take. -EIO where PID 1 says no, with what it or the unit's journal says of that in `why`. */
int service_start(const char *instance, uint64_t expected, StrBuf *why) _must_check_;
int service_stop(const char *instance, uint64_t expected, StrBuf *why) _must_check_;
