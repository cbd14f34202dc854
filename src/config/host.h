// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "model/config.h"

/* What shows only when all of host.d is merged. False when something was told to be wrong. */
bool host_names_valid(const HostConfig *host, Diag *diag);
bool host_pages_valid(const HostConfig *host, Diag *diag); /* of a host without other errors */
