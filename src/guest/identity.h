// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guest/guest.h"

/* Always the same for a VM of that name on that host, and no other's. */
char *identity_uuid(const Instance *instance, const GuestStart *start,
                    char buf[static GUEST_UUID_MAX]);
