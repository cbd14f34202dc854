// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

/* The port of an http: or https: URL, said or implied; -EINVAL for what is no such URL. */
int url_port(const char *url, uint16_t *ret) _must_check_;
