// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/macros.h"

enum { GUEST_MESSAGE_MAX = 4096, GUEST_STATUS_MAX = 160 };

/* What of a guest's sd_notify(3) is heeded. Its words are for people to read: they are cut short, and a
 * character that could steer a terminal is a question mark. */
typedef struct GuestMessage {
        bool ready, stopping;
        bool has_status;
        char status[GUEST_STATUS_MAX];
} GuestMessage;

void guest_message_parse(const char *text, size_t n, GuestMessage *ret);
