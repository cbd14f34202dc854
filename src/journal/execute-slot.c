// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/execute.h"

#include "boot/checkpoint.h"
#include "device/persistence.h"
#include "util/command.h"

#define ADDRESS(a) pci_address_format((a), (char[PCI_ADDRESS_MAX]){})

/* The GPU stands for its slot. */
static PciAddress head_of(const Slot *slot)
{
        return slot->gpu ? slot->gpu->device->address : slot->functions[0].address;
}

static void add(Executor *e, OutcomeKind kind, const char *code, PciAddress address, char *message)
{
        (void)outcome_add(&e->outcomes, kind, code, ADDRESS(address), message);
}

static void report_held(Executor *e, const char *code, const Slot *slot, const HolderList *holders)
{
        _cleanup_str_buf_ StrBuf who = {};
        Outcome *o;

        for (size_t i = 0; i < holders->n; i++) {
                holder_format(holders->items + i, &who);
                str_buf_add_char(&who, '\n');
        }
        if (holders->incomplete)
                str_buf_add(&who, "not all processes could be looked at\n");
        o = outcome_add(&e->outcomes, OUTCOME_HELD, code, ADDRESS(head_of(slot)),
                        strdup("is in use, and was not touched"));
        if (!o)
                return;
        o->detail = str_buf_take(&who);
        e->outcomes.failed |= !o->detail;
}

static void report_function(Executor *e, const char *code, const BindFunction *f)
{
        PciAddress a = f->address;

        switch (f->outcome) {
        case BIND_DONE:
                add(e, OUTCOME_DONE, code, a,
                    f->is[0] ? format_string("bound to %s", f->is)
                             : strdup("let go; no driver that is loaded claims it"));
                return;
        case BIND_NOT_TAKEN:
                add(e, OUTCOME_FAILED, code, a,
                    format_string("%s did not take it: the kernel log tells why",
                                  f->driver ? f->driver : "its native driver"));
                return;
        case BIND_REFUSED:
                add(e, OUTCOME_HELD, code, a, format_string("stays with %s", f->was));
                return;
        case BIND_FAILED:
                add(e, OUTCOME_FAILED, code, a,
                    format_string("%s: %s", f->step, strerror(-f->error)));
                return;
        case BIND_STUCK:
                add(e, OUTCOME_STUCK, code, a,
                    format_string(
                            "%s does not come back, process %d waits for it: left alone until "
                            "the next boot",
                            f->step, (int)f->stuck));
                return;
        case BIND_SKIPPED:
        case BIND_UNCHANGED:
                return;
        }
}

/* Negative is kept for what stops everything. */
static int report_slot(Executor *e, const char *code, const Slot *slot, const HolderList *holders,
                       int r)
{
        size_t before = e->outcomes.n;

        if (r == -EBUSY && (holders->n > 0 || holders->incomplete)) {
                report_held(e, code, slot, holders);
                return 0;
        }
        if (r == -EDEADLK) {
                add(e, OUTCOME_STUCK, code, head_of(slot),
                    strdup("a driver did not come back from an earlier attempt: left alone until "
                           "the next boot"));
                return 0;
        }
        for (size_t i = 0; i < slot->n; i++)
                report_function(e, code, slot->functions + i);
        if (r < 0 && e->outcomes.n == before)
                add(e, OUTCOME_FAILED, code, head_of(slot), strdup(strerror(-r)));
        return 0;
}

static int load_drivers(Executor *e, Slot *slot, const char *code)
{
        const char *missing = NULL;
        int r;

        for (size_t i = 0; i < slot->n; i++) {
                const char *driver = slot->functions[i].driver;
                char found[DRIVER_NAME_MAX];

                if (driver && e->load_driver &&
                    driver_find(e->journal->root, driver, found) == -ENOENT)
                        (void)e->load_driver(e->userdata, driver); /* whether it is there counts */
        }
        r = slot_find_drivers(e->journal->root, slot, &missing);
        if (r < 0)
                add(e, OUTCOME_FAILED, code, head_of(slot),
                    format_string("there is no driver %s, so it stays as it is",
                                  missing ? missing : "to be found"));
        return r;
}

enum { SERVICE_TIMEOUT = 30 * 1000 * 1000 };

/* Asks who holds a card as a matter of course to let go. Whatever happens to us, it stands in the journal
 * that it is to be given back. */
static int let_go(Executor *e, PciAddress gpu, StrList *on)
{
        _cleanup_str_list_ StrList off = {};
        _cleanup_str_buf_ StrBuf ignored = {};
        int status, r = persistence_commands(e->journal->root, gpu, &off, on);

        if (r <= 0)
                return r;
        r = journal_note_command(e->journal, on, true);
        if (r >= 0) /* what comes of it shows when holders are looked for */
                (void)!command_run(&off, SERVICE_TIMEOUT, &ignored, &status);
        return r;
}

static int give_back(Executor *e, PciAddress gpu, const StrList *on)
{
        char driver[DRIVER_NAME_MAX] = "";
        _cleanup_str_buf_ StrBuf said = {};
        int status = 0, r = 0;

        if (on->n == 0)
                return 0;
        if (function_driver(e->journal->root, gpu, driver) >= 0 && streq(driver, "nvidia"))
                r = command_run(on, SERVICE_TIMEOUT, &said, &status);
        /* Else it stays pending. */
        return r < 0 || status ? 0 : journal_note_command(e->journal, on, false);
}

static int rebind(Executor *e, Slot *slot, const char *code,
                  int (*how)(Journal *, Slot *, HolderList *))
{
        _cleanup_holders_ HolderList holders = {};
        _cleanup_str_list_ StrList on = {};
        int g, r = load_drivers(e, slot, code);

        if (r < 0)
                return 0; /* which has been said */
        r = let_go(e, head_of(slot), &on);
        if (r >= 0)
                r = how(e->journal, slot, &holders);
        g = give_back(e, head_of(slot), &on);
        r = report_slot(e, code, slot, &holders, r);
        return r < 0 ? r : g;
}

int execute_bind(Executor *e, Slot *slot)
{
        return rebind(e, slot, enum_to_string(&step_code_table, STEP_BIND), journal_bind_slot);
}

int execute_return(Executor *e, Slot *slot)
{
        _cleanup_str_list_ StrList off = {}, on = {};
        int r = rebind(e, slot, enum_to_string(&step_code_table, STEP_RELEASE),
                       journal_return_slot);

        /* Whoever was asked to let go of it has it again. */
        if (r >= 0)
                r = persistence_commands(e->journal->root, head_of(slot), &off, &on);
        if (r > 0)
                r = journal_knows_command(e->journal, &on)
                            ? journal_note_command(e->journal, &on, true)
                            : 0;
        return r;
}

static void begins(void *userdata, const StrList *argv)
{
        Executor *e = userdata;

        if (e->listener)
                e->listener->begins(e->listener->userdata, argv);
}

static char *join(const StrList *argv)
{
        _cleanup_str_buf_ StrBuf s = {};

        for (size_t i = 0; i < argv->n; i++)
                str_buf_printf(&s, "%s%s", i > 0 ? " " : "", argv->items[i]);
        return str_buf_take(&s);
}

static void ended(void *userdata, const StrList *argv, int r, int status, const char *output)
{
        Executor *e = userdata;
        _cleanup_free_ char *words = join(argv);
        bool well = r >= 0 && status == 0;
        Outcome *o;

        o = outcome_add(&e->outcomes, well ? OUTCOME_DONE : OUTCOME_FAILED, "command", words,
                        well    ? strdup("has run")
                        : r < 0 ? format_string("did not run: %s", strerror(-r))
                                : format_string("ended with %d", status));
        if (!o || well)
                return;
        o->detail = strdup(output);
        e->outcomes.failed |= !o->detail;
}

int execute_commands(Executor *e)
{
        JournalListener listener = { .begins = begins, .ended = ended, .userdata = e };
        int r = journal_run_pending(e->journal, &listener);

        if (r != 0)
                boot_checkpoint(e->journal->root);
        return r == -ENOMEM ? r : 0; /* every failure is an outcome */
}

void executor_done(Executor *e)
{
        outcome_list_done(&e->outcomes);
}
