// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "config/config.h"
#include "emit/json.h"

/* The effective configuration: {"config": {…}, "origins": {"gpus.0.role": "FILE:LINE", …}}, with the
 * values as the files write them. NULL when memory is short. */
Json *config_json_host(const HostConfig *host);
Json *config_json_instance(const Instance *instance);
