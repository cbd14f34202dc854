// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/arguments.h"
#include "cli/session.h"

/* Headings of the overview. */
typedef enum VerbGroup {
        VERB_SEEING,
        VERB_CHANGING,
        VERB_WATCHING,
        VERB_FILES,
        VERB_HELP,
        _VERB_GROUP_MAX,
} VerbGroup;

struct Verb {
        const char *name;
        const char *arguments; /* "GPU", "[NAME]"; "" for none */
        unsigned least, most;  /* how many of them */
        Candidates candidates; /* what they are */
        VerbGroup group;
        bool hidden;
        uint32_t options; /* bits of OptionId: those of its own */
        unsigned parts;   /* MachineParts to be read */
        Needs needs;
        const char *help;    /* one line */
        const char *details; /* a paragraph for --help */

        /* Writes to `out` what goes to stdout and returns the exit status, or a negative errno. */
        int (*run)(Session *session, StrBuf *out);
};

extern const Verb verbs[];
extern const size_t n_verbs;
extern const char *const verb_group_titles[_VERB_GROUP_MAX];

const Verb *verb_find(const char *name) _pure_;

/* Without a verb: what there is, and what to type next. */
int greet(Session *session, StrBuf *out);

int verb_list(Session *session, StrBuf *out);
int verb_status(Session *session, StrBuf *out);
int verb_check(Session *session, StrBuf *out);
int verb_plan(Session *session, StrBuf *out);
int verb_apply(Session *session, StrBuf *out);
int verb_revert(Session *session, StrBuf *out);
int verb_take(Session *session, StrBuf *out);
int verb_release(Session *session, StrBuf *out);
int verb_switch(Session *session, StrBuf *out);
int verb_console(Session *session, StrBuf *out);
int verb_logs(Session *session, StrBuf *out);
int verb_show(Session *session, StrBuf *out);
int verb_why(Session *session, StrBuf *out);
int verb_resources(Session *session, StrBuf *out);
int verb_suggest(Session *session, StrBuf *out);
int verb_rearm(Session *session, StrBuf *out);
int verb_boot_ok(Session *session, StrBuf *out);
int verb_capture(Session *session, StrBuf *out);
int verb_cat_config(Session *session, StrBuf *out);
int verb_help(Session *session, StrBuf *out);
int verb_complete(Session *session, StrBuf *out);
