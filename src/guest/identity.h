// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guest/guest.h"

enum { UUID_MAX = sizeof("01234567-0123-4123-8123-0123456789ab") };

/* Always the same for a VM of that name on that host, and no other's. */
char *identity_uuid(const Instance *instance, const GuestStart *start, char buf[static UUID_MAX]);
