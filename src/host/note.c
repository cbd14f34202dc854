// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/note.h"

int note_unseen(Machine *m, const char *path, int error)
{
        if (error == -ENOMEM)
                return error;
        if (error >= 0 || error == -ENOENT || error == -ENOTDIR)
                return 0;
        return str_list_take(&m->unseen, format_string("/%s: %s", path, strerror(-error)));
}
