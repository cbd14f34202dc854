// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/outcome.h"

DEFINE_ENUM_TABLE(
        outcome_table,
        "outcome", [OUTCOME_DONE] = "done", [OUTCOME_REBOOT] = "reboot", [OUTCOME_LEFT] = "left",
        [OUTCOME_HELD] = "held", [OUTCOME_STUCK] = "stuck", [OUTCOME_FAILED] = "failed");

static void outcome_done(Outcome *o)
{
        free(o->target);
        free(o->message);
        free(o->detail);
}

Outcome *outcome_add(OutcomeList *list, OutcomeKind kind, const char *code, const char *target,
                     char *message)
{
        Outcome o = { .kind = kind, .code = code, .message = message };

        if (!message || free_and_strdup(&o.target, target) < 0 || !GROW(list->items, list->n)) {
                outcome_done(&o);
                list->failed = true;
                return NULL;
        }
        list->items[list->n] = o;
        return list->items + list->n++;
}

bool outcome_is_bad(OutcomeKind kind)
{
        return kind == OUTCOME_HELD || kind == OUTCOME_STUCK || kind == OUTCOME_FAILED;
}

bool outcome_list_is_bad(const OutcomeList *list)
{
        for (size_t i = 0; i < list->n; i++)
                if (outcome_is_bad(list->items[i].kind))
                        return true;
        return false;
}

void outcome_list_done(OutcomeList *list)
{
        for (size_t i = 0; i < list->n; i++)
                outcome_done(list->items + i);
        free(list->items);
        *list = (OutcomeList){};
}
