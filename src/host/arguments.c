// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/arguments.h"

#include "host/note.h"
#include "util/kernel-arguments.h"

enum { MAX_CMDLINE = 1024 * 1024 };

/* Whoever asks for a rescue system wants the machine as it is. */
static const char *const disarming[] = {
        "gpuhost=off",
        "single",
        "s",
        "S",
        "1",
        "recovery",
        "rescue",
        "emergency",
        "systemd.unit=rescue.target",
        "systemd.unit=emergency.target",
};

bool arguments_disarm(const StrList *arguments)
{
        for (size_t i = 0; i < ARRAY_SIZE(disarming); i++)
                if (str_list_contains(arguments, disarming[i]))
                        return true;
        return false;
}

int arguments_read(Root *root, const MachineWants *wants, Machine *m)
{
        _cleanup_free_ char *line = NULL;
        int r = root_read_file(root, "proc/cmdline", MAX_CMDLINE, &line, NULL);

        if (r < 0)
                r = note_unseen(m, "proc/cmdline", r);
        else
                r = kernel_arguments_split(line, &m->arguments);
        if (r < 0)
                return r;
        m->disarmed = arguments_disarm(&m->arguments) || root_exists(root, BOOT_OFF_FILE);
        return 0;
}
