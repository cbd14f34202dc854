// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/guest.h"

#include "guest/vmm.h"

/* The first is what a VM has that names none. */
static const Vmm *const vmms[] = {
        &vmm_qemu,
};

int guest_command(const Instance *instance, const GuestStart *start, GuestCommand *ret)
{
        GuestCommand command = {};
        int r = vmms[0]->command(instance, start, &command.argv);

        if (r < 0)
                return r;
        *ret = command;
        return 0;
}

void guest_command_done(GuestCommand *command)
{
        str_list_done(&command->argv);
}
