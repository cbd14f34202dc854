// SPDX-License-Identifier: LGPL-2.1-or-later
#include <unistd.h>

#include "cli/console.h"
#include "cli/object.h"
#include "cli/verb.h"

static void say_why_not(const Session *s, const char *name, int r)
{
        static const struct {
                int r;
                const char *what, *next;
        } reasons[] = {
                { -ENOENT,       "does not run",                                "systemctl start gpu-vm@"  },
                { -ENOTDIR,      "does not run",                                "systemctl start gpu-vm@"  },
                { -ECONNREFUSED, "does not listen, or not yet",                 "systemctl status gpu-vm@" },
                { -EACCES,       "has a console for root alone",                "sudo gpuhost console "    },
                { -EBUSY,        "has somebody else at its console",
                 "when they have left, gpuhost console "                                                   },
                { -EPERM,        "is not what listens in place of its console",
                 "systemctl status gpu-vm@"                                                                },
        };

        for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
                if (reasons[i].r == r) {
                        session_error(s, "'%s' %s: %s%s", name, reasons[i].what, reasons[i].next,
                                      name);
                        return;
                }
        session_error(s, "cannot connect to the console of '%s': %s", name, strerror(-r));
}

/* Below a folder that stands for a machine, too; a capture has no sockets. */
static int open_console(const Session *s, const char *name, Console *ret)
{
        _cleanup_(root_freep) Root *root = NULL;
        const char *path = s->arguments->root ? s->arguments->root : "/";
        int r = root_open(path, &root);

        return r < 0 ? r : console_open(root, name, ret);
}

int verb_console(Session *s, StrBuf *out)
{
        const char *name = s->arguments->words[0];
        _cleanup_console_ Console console = CONSOLE_NONE;
        const Instance *instance;
        ConsoleEnd end;
        bool hints = !s->arguments->quiet && isatty(STDIN_FILENO);
        int r = object_find_vm(s, name, &instance);

        if (r < 0)
                return r;
        r = open_console(s, name, &console);
        if (r < 0) {
                say_why_not(s, name, r);
                return r;
        }
        if (hints)
                session_error(s, "connected to '%s'; Ctrl-] leaves it", name);
        r = console_relay(&console, &end);
        if (r < 0)
                session_error(s, "the console of '%s': %s", name, strerror(-r));
        else if (hints)
                session_error(s,
                              end == CONSOLE_CLOSED ? "'%s' has closed its console"
                                                    : "left '%s', which runs on",
                              name);
        (void)out;
        return r;
}
