// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a guest says of itself: only what may be shown is kept of it. */
#include "fuzz.h"
#include "supervise/guest-message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        GuestMessage m;

        guest_message_parse((const char *)data, size, &m);
        HOLDS(strnlen(m.status, sizeof(m.status)) < sizeof(m.status));
        for (const char *p = m.status; *p; p++)
                HOLDS(*p >= ' ' && *p < 0x7f);
        HOLDS(m.has_status || !*m.status);
        HOLDS(!m.ready || memmem(data, size, "READY=1", 7));
        HOLDS(!m.stopping || memmem(data, size, "STOPPING=1", 10));
        return 0;
}
