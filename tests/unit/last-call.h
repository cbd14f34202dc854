// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * kill -9: every system call that changes something, every write to sysfs and every command can be the
 * last. The linker leads the calls here, see meson.build.
 */

#include <stdbool.h>

enum { KILLED = 99 }; /* the status of who was */

void last_call_set(unsigned n);   /* the n-th from now is not made; 0: nobody is killed */
void last_call_step(void);        /* what is no system call, and may be the last all the same */
void last_call_pause(bool pause); /* what the fake kernel does is no step of ours */
