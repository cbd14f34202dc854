// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/change.h"
#include "cli/object.h"
#include "cli/verb.h"

/* take and release: one card, now. */

static int find(const Session *s, const GpuPlan **ret)
{
        const char *word = s->arguments->words[0], *near = NULL;
        int r = object_find_gpu(s, word, ret, &near);

        if (r == -ENOTUNIQ)
                object_ambiguous(s, word);
        else if (r == -ENOENT)
                object_unknown(s, "GPU", word, near);
        return r;
}

/* Why it may not be taken; NULL: it may. */
static const char *objection_to_take(const Session *s, const GpuPlan *g)
{
        if (s->machine.disarmed)
                return "gpuhost is off for this boot: gpuhost rearm, then reboot";
        if (g->guard == GUARD_REFUSED)
                return g->refusal;
        if (g->role != ROLE_PASSTHROUGH && g->role != ROLE_ON_DEMAND)
                return "it is not declared to leave the host: give it role: passthrough or "
                       "on-demand in host.d";
        if (!machine_translates(&s->machine, g->device))
                return "no IOMMU translates for it: gpuhost check says what is missing";
        return NULL;
}

static bool is_free(const Session *s, const GpuPlan *g, const char *objection)
{
        char address[PCI_ADDRESS_MAX];

        pci_address_format(g->device->address, address);
        if (objection)
                session_error(s, "%s cannot be taken: %s", address, objection);
        else if (g->claimed_by)
                session_error(s, "%s has %s: stop it first", g->claimed_by, address);
        return !objection && !g->claimed_by;
}

/* Drivers are for taking; without them all functions that are with VFIO go back. */
static int collect(const Session *s, const GpuPlan *g, bool take, SlotList *ret)
{
        for (size_t i = 0; i <= g->n_companions; i++) {
                const PciDevice *d = i == 0 ? g->device : g->companions[i - 1];
                const char *own = g->entry && g->entry->driver ? g->entry->driver : "vfio-pci";
                bool away = d->driver_override || (d->driver && strstr(d->driver, "vfio"));
                int r = !take && !away ? 0
                                       : slot_list_add(ret, &s->plan, d->address,
                                                       !take    ? NULL
                                                       : i == 0 ? own
                                                                : "vfio-pci");

                if (r < 0)
                        return r;
        }
        return 0;
}

static int finish(const Session *s, const GpuPlan *g, const OutcomeList *outcomes, StrBuf *out)
{
        Json *object;

        if (outcomes->failed)
                return -ENOMEM;
        if (s->arguments->json != JSON_OFF) {
                object = json_map();
                json_put(&object, "outcomes", outcomes_json(outcomes));
                json_print(object, (JsonMode)s->arguments->json, out);
        } else {
                outcomes_text(outcomes, &s->format, out);
                if (outcomes->n == 0 && s->format.hints)
                        str_buf_printf(out, "Nothing to do: its driver is %s.\n",
                                       g->device->driver ? g->device->driver : "none");
        }
        return outcome_list_is_bad(outcomes) ? STATUS_FAILED : STATUS_DONE;
}

static int move(Session *s, const GpuPlan *g, bool take, StrBuf *out)
{
        _cleanup_change_ Change c = {};
        _cleanup_slots_ SlotList slots = {};
        int r = change_begin(&c, s);

        if (r >= 0)
                r = collect(s, g, take, &slots);
        for (size_t i = 0; r >= 0 && i < slots.n; i++)
                r = take ? execute_bind(&c.executor, slots.items + i)
                         : execute_return(&c.executor, slots.items + i);
        if (r >= 0)
                r = execute_commands(&c.executor);
        if (r >= 0)
                r = journal_finish(&c.journal);
        return r < 0 ? r : finish(s, g, &c.executor.outcomes, out);
}

int verb_take(Session *s, StrBuf *out)
{
        const GpuPlan *g;
        int r = find(s, &g);

        if (r < 0)
                return r;
        if (!is_free(s, g, objection_to_take(s, g)))
                return STATUS_FAILED;
        return move(s, g, true, out);
}

int verb_release(Session *s, StrBuf *out)
{
        const GpuPlan *g;
        int r = find(s, &g);

        if (r < 0)
                return r;
        if (!is_free(s, g, NULL))
                return STATUS_FAILED;
        return move(s, g, false, out);
}
