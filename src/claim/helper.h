// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "claim/stage.h"

/*
 * A program beside QEMU, as a unit of its own that listens at a socket. Root starts and reaches it, and QEMU
 * gets the connection: neither has to let the other's user in. It ends when the last who holds that
 * connection does, whatever ended them; a VM whose helper ends is ended by its supervisor.
 */

/* Anew, and returns a connection. `socket` has no leading slash. */
int helper_start(Stage *s, const char *unit, const char *socket) _must_check_;

/* One that nobody came to connect to would wait for ever. */
void helper_stop(Stage *s, const char *unit);

/* share.c: whether there are virtiofsd and the folders, likewise. */
int shares_check(Stage *s) _must_check_;
void shares_stop(Stage *s);

/* tpm.c: whether there is a swtpm; then it is started. */
int tpm_check(Stage *s) _must_check_;
void tpm_stop(Stage *s);
