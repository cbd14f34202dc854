// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "util/root.h"

/*
 * The serial console of a VM: a socket that QEMU listens at, for one at a time. QEMU may be the guest's by
 * now, so whoever connects makes sure that nothing but that VM's user is at the other end.
 */
typedef struct Console {
        int folder; /* of the VM, locked by who is connected */
        int socket;
} Console;

#define CONSOLE_NONE ((Console){ .folder = -EBADF, .socket = -EBADF })

/* -ENOENT: it does not run. -ECONNREFUSED: nobody listens, or not yet. -EBUSY: somebody else is connected. -EPERM: what listens
 * there is not the VM's. */
int console_open(Root *root, const char *instance, Console *ret) _must_check_;
void console_done(Console *console);
#define _cleanup_console_ _cleanup_(console_done)

typedef enum ConsoleEnd {
        CONSOLE_LEFT,   /* by Ctrl-], or nobody listens any more */
        CONSOLE_CLOSED, /* by the VM */
} ConsoleEnd;

/*
 * Passes on what is typed and what is answered until one of them ends. A terminal is raw meanwhile and as
 * before after that, also when a signal ends this, which then takes its usual course. An input that ends
 * is no end: what is answered is still passed on.
 */
int console_relay(const Console *console, ConsoleEnd *ret) _must_check_;
