// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "emit/text.h"

/* How text is to look on this descriptor: a terminal, or not. */
TextFormat terminal_format(int fd);

/* All of it, through a pager where it is longer than the terminal. Negative errno; that the reader of
 * a pipe went away is no failure. */
int terminal_write(const StrBuf *text, bool pager) _must_check_;

/* To stderr. That nobody hears it can be told to nobody. */
void terminal_say(const StrBuf *text);
