// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/session.h"
#include "journal/execute.h"

/* What verbs that change this machine share: journal and executor, the question before it, what became
 * of it after. The session holds the lock. */
typedef struct Change {
        Session *session;
        Root *root;
        Journal journal;
        JournalListener listener;
        Executor executor;
} Change;

/* Negative errno after saying what is wrong. `c` is pointed to from within: it stays where it is. */
int change_begin(Change *c, Session *session) _must_check_;
void change_done(Change *c);
#define _cleanup_change_ _cleanup_(change_done)

/* Asks somebody at a terminal; with --yes, and where nobody can answer, it is yes. */
bool change_confirmed(const Session *s, const char *question);

void outcomes_text(const OutcomeList *outcomes, const TextFormat *format, StrBuf *out);
Json *outcomes_json(const OutcomeList *outcomes);
