// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/initramfs.h"
#include "device/prepare.h"
#include "journal/execute.h"

/* Read before there is anything to look at: see host/early.h, which names the file. */
#define PROTECTED_FILE "var/lib/gpuhost/protected"

static const char *code_of(const Step *step)
{
        return enum_to_string(&step_code_table, (int)step->code);
}

static void add(Executor *e, OutcomeKind kind, const Step *step, char *message)
{
        (void)outcome_add(&e->outcomes, kind, code_of(step), step->target, message);
}

/* What the host cannot do without, as seen while it runs: at boot nobody can see it. */
static int write_protected(Executor *e)
{
        const Machine *m = e->machine;
        _cleanup_str_buf_ StrBuf text = {};
        int r;

        for (size_t i = 0; i < m->n_protections; i++)
                str_buf_printf(
                        &text, "%s %s\n",
                        pci_address_format(m->protections[i].address, (char[PCI_ADDRESS_MAX]){}),
                        m->protections[i].why);
        if (text.failed)
                return -ENOMEM;
        r = journal_put_file(e->journal, PROTECTED_FILE, str_buf_get(&text), 0644);
        if (r < 0)
                (void)outcome_add(&e->outcomes, OUTCOME_FAILED, "file", "/" PROTECTED_FILE,
                                  format_string("cannot be written: %s", strerror(-r)));
        return r;
}

static int do_work(Executor *e, const Step *step, const BootWork *work)
{
        int r = journal_do_files(e->journal, work);

        if (r < 0)
                add(e, OUTCOME_FAILED, step, format_string("cannot be written: %s", strerror(-r)));
        else if (r > 0)
                add(e, OUTCOME_DONE, step, strdup("written"));
        return 0;
}

/* Arguments, and what counts boots, come to the boot loader together; nothing of them is left there where
 * nothing is wanted. */
static int write_loader(Executor *e, const Step *step)
{
        const StrList *intended = &e->plan->kernel_arguments.intended;
        bool wanted = e->plan->boot_watched || intended->n > 0;
        _cleanup_boot_work_ BootWork work = {};
        int r = boot_arguments_work(e->journal->root, e->machine, wanted ? intended : NULL, &work);

        /* What is new is a new attempt, and counted as such before it can be booted. */
        if (r >= 0 && e->plan->boot_watched && work.n_files + work.n_commands > 0)
                r = boot_watchdog_arm(e->journal->root, e->machine);
        return r < 0 ? r : do_work(e, step, &work);
}

static int report_loader(Executor *e, const Step *step, int r)
{
        if (r == -EOPNOTSUPP)
                add(e, OUTCOME_FAILED, step, format_string("to be done by hand: %s", step->action));
        else if (r < 0)
                add(e, OUTCOME_FAILED, step, strdup(strerror(-r)));
        return r == -ENOMEM ? r : 0;
}

static int apply_loader(Executor *e, const Step *step)
{
        return report_loader(e, step, write_loader(e, step));
}

/* There is nothing to undo of a count: revert removes it. */
static int apply_watchdog(Executor *e, const Step *step)
{
        bool arm = e->plan->boot_watched, by_loader;
        int r = write_loader(e, step);

        by_loader = e->machine->boot_loader.watchdog.kind == BOOT_WATCHDOG_GRUBENV;
        if (r != -EOPNOTSUPP ||
            by_loader) /* arguments that nobody writes are told by their own step */
                r = report_loader(e, step, r);
        if (r == -ENOMEM)
                return r;
        r = arm ? boot_watchdog_arm(e->journal->root, e->machine)
                : boot_watchdog_remove(e->journal->root, e->machine);
        if (r < 0)
                add(e, OUTCOME_FAILED, step,
                    format_string("the count cannot be written: %s", strerror(-r)));
        else
                add(e, OUTCOME_DONE, step,
                    strdup(arm ? "boots that do not come up are counted"
                               : "boots are counted no longer"));
        return 0;
}

/* Built when all files are written. An image cannot be undone: revert has it built again. */
static int apply_initramfs(Executor *e, const Step *step)
{
        const StrList versions = { .items = (char **)&step->target, .n = 1 };
        _cleanup_boot_work_ BootWork work = {};
        int r = boot_initramfs_work(e->journal->root, e->machine, &versions, &work);

        if (r >= 0)
                r = journal_do_files(e->journal, &work);
        if (r == -EOPNOTSUPP)
                add(e, OUTCOME_FAILED, step, format_string("to be done by hand: %s", step->action));
        else if (r < 0)
                add(e, OUTCOME_FAILED, step, strdup(strerror(-r)));
        return r == -ENOMEM ? r : 0;
}

static int apply_prepared(Executor *e, const Step *step)
{
        _cleanup_free_ char *problem = NULL;
        int r = journal_prepare(e->journal, step, &problem);

        if (r >= 0)
                add(e, OUTCOME_DONE, step, strdup(step->action));
        else if (r == -EDEADLK)
                add(e, OUTCOME_STUCK, step,
                    strdup("its driver did not come back from an earlier attempt"));
        else
                add(e, r == -ETIMEDOUT ? OUTCOME_STUCK : OUTCOME_FAILED, step,
                    problem ? TAKE_PTR(problem) : strdup(strerror(-r)));
        return 0;
}

/* A slot moves as one, at the first of its steps. */
static int apply_slot(Executor *e, const Step *step)
{
        _cleanup_slots_ SlotList slots = {};
        PciAddress address, before;
        int r = pci_address_parse(step->target, &address);

        if (r < 0)
                return 0;
        if (step > e->plan->steps && step[-1].code == step->code && step[-1].when == step->when &&
            pci_address_parse(step[-1].target, &before) >= 0 &&
            pci_address_same_slot(before, address))
                return 0;
        r = slots_from_plan(e->plan, step->code, step->when, &address, &slots);
        if (r < 0 || slots.n == 0)
                return r;
        if (step->when == STEP_NOW)
                return step->code == STEP_BIND ? execute_bind(e, slots.items)
                                               : execute_return(e, slots.items);
        /* The next boot takes it; revert is to know from whom. */
        r = step->code == STEP_BIND ? journal_note_slot(e->journal, slots.items) : 0;
        if (r < 0)
                add(e, OUTCOME_FAILED, step,
                    format_string("cannot be remembered: %s", strerror(-r)));
        return 0;
}

static int say_reboot(Executor *e, const Step *step)
{
        add(e, OUTCOME_REBOOT, step, format_string("%s", step->action));
        return 0;
}

static int apply_step(Executor *e, const Step *step)
{
        int r = 0;

        if (step->code == STEP_BIND || step->code == STEP_RELEASE)
                r = apply_slot(e, step);
        else if (step->code == STEP_KERNEL_ARGUMENTS && step->when == STEP_BOOT)
                r = apply_loader(e, step);
        else if (step->code == STEP_BOOT_WATCHDOG)
                r = apply_watchdog(e, step);
        else if (step->code == STEP_INITRAMFS)
                r = apply_initramfs(e, step);
        else if (step->when == STEP_NOW && step_is_prepared(step->code))
                r = apply_prepared(e, step);
        if (r >= 0 && step->when == STEP_REBOOT)
                r = say_reboot(e, step);
        return r;
}

int execute_apply(Executor *e, StepCode only)
{
        int r;

        if (only == _STEP_MAX && e->plan->n_steps > 0) {
                r = write_protected(e);
                if (r < 0)
                        return r == -ENOMEM ? r : 0;
        }
        for (size_t i = 0; i < e->plan->n_steps; i++) {
                const Step *step = e->plan->steps + i;

                if (only != _STEP_MAX && step->code != only)
                        continue;
                r = apply_step(e, step);
                if (r < 0)
                        return r;
        }
        return execute_commands(e);
}
