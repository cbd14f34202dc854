// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/change.h"
#include "cli/verb.h"

static bool confirmed(const Change *c)
{
        size_t n = c->journal.n_functions;
        char question[128];

        if (n == 0 || c->session->arguments->boot_files || c->session->arguments->json != JSON_OFF)
                return true;
        (void)snprintf(question, sizeof(question),
                       "Give up to %zu functions back to their drivers now?", n);
        return change_confirmed(c->session, question);
}

/* A boot follows the files, whatever was undone before. */
static void add_declared(const Session *s, StrBuf *out)
{
        for (size_t i = 0; i < s->plan.n_gpus; i++) {
                const GpuPlan *g = s->plan.gpus + i;

                if (g->role != ROLE_PASSTHROUGH || g->guard != GUARD_FREE || !g->entry)
                        continue;
                text_addf(
                        out,
                        "%s still stands as passthrough in %s:%u: the next boot takes it again.",
                        g->name ? g->name
                                : pci_address_format(g->device->address, (char[PCI_ADDRESS_MAX]){}),
                        g->entry->origin.file, g->entry->origin.line);
                str_buf_add_char(out, '\n');
        }
}

static void report(const Session *s, const OutcomeList *outcomes, StrBuf *out)
{
        Json *object;

        if (s->arguments->json != JSON_OFF) {
                object = json_map();
                json_put(&object, "outcomes", outcomes_json(outcomes));
                json_print(object, (JsonMode)s->arguments->json, out);
                return;
        }
        outcomes_text(outcomes, &s->format, out);
        if (!s->format.hints)
                return;
        if (outcomes->n == 0)
                str_buf_add(out, "Nothing to undo.\n");
        if (!s->arguments->boot_files)
                add_declared(s, out);
}

int verb_revert(Session *s, StrBuf *out)
{
        _cleanup_change_ Change c = {};
        const OutcomeList *outcomes = &c.executor.outcomes;
        ExitStatus status;
        int r = change_begin(&c, s);

        if (r < 0)
                return r;
        if (!confirmed(&c)) {
                str_buf_add(out, "Nothing has been changed.\n");
                return STATUS_FAILED;
        }
        r = execute_revert(&c.executor, s->arguments->boot_files ? REVERT_BOOT_FILES : 0);
        if (r < 0)
                session_error(s, "cannot go on: %s", strerror(-r));
        report(s, outcomes, out);
        if (outcomes->failed)
                return -ENOMEM;
        status = r < 0 || outcome_list_is_bad(outcomes) ? STATUS_FAILED : STATUS_DONE;
        return (int)status;
}
