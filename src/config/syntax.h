// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <yaml.h>

#include "config/text.h"

/* Did it go wrong because the text ended? */
bool syntax_at_end(const yaml_parser_t *parser, const char *text, size_t n);

/* What libyaml found wrong, in words that tell what to do about it. */
void syntax_explain(const yaml_parser_t *parser, const char *text, size_t n, SyntaxError *ret);
