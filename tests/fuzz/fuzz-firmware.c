// SPDX-License-Identifier: LGPL-2.1-or-later
/* Descriptors of firmware: what is taken is whole, what is not taken leaves nothing. */
#include "fuzz.h"

#include "host/firmware.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        FirmwareDescriptor d = {};

        if (firmware_parse((const char *)data, size, &d) < 0) {
                HOLDS(!d.code && !d.vars && !d.machines.items);
                return 0;
        }
        HOLDS(d.code && d.code[0] == '/' && (!d.vars || d.vars[0] == '/'));
        HOLDS(d.machines.n > 0);
        firmware_descriptor_done(&d);
        return 0;
}
