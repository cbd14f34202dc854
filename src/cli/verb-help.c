// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/help.h"
#include "cli/object.h"
#include "util/near.h"

int verb_help(Session *s, StrBuf *out)
{
        const char *word = s->arguments->n_words > 0 ? s->arguments->words[0] : NULL;
        const Verb *verb = word ? verb_find(word) : NULL;
        Near near = { .word = word };

        if (!word) {
                help_overview(&s->format, out);
                return STATUS_DONE;
        }
        if (verb && !verb->hidden) {
                help_verb(verb, &s->format, out);
                return STATUS_DONE;
        }
        for (size_t i = 0; i < n_verbs; i++)
                if (!verbs[i].hidden)
                        near_offer(&near, verbs[i].name);
        object_unknown(s, "verb", word, near.best);
        return STATUS_WRONG;
}
