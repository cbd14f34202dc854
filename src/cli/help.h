// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/verb.h"

/* Everything that `gpuhost --help` says. */
void help_overview(const TextFormat *format, StrBuf *out);
void help_verb(const Verb *verb, const TextFormat *format, StrBuf *out);

/* The verbs by group, a line each. */
void help_verbs(const TextFormat *format, StrBuf *out);
