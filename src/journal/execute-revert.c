// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/execute.h"

static void add_path(Executor *e, OutcomeKind kind, const char *path, char *message)
{
        _cleanup_free_ char *absolute = format_string("/%s", path);

        if (!absolute)
                e->outcomes.failed = true;
        (void)outcome_add(&e->outcomes, kind, "file", absolute, message);
}

static int restore_file(Executor *e, const JournalFile *file)
{
        _cleanup_free_ char *path = strdup(file->path);
        bool was_there = file->former;
        int r = path ? journal_restore_file(e->journal, file) : -ENOMEM;

        if (r == -ENOMEM)
                return r;
        if (r > 0)
                add_path(e, OUTCOME_DONE, path, strdup(was_there ? "restored" : "removed"));
        else if (r == -ESTALE)
                add_path(e, OUTCOME_LEFT, path, strdup("was changed since by somebody else"));
        else if (r < 0)
                add_path(e, OUTCOME_FAILED, path,
                         format_string("cannot be restored: %s", strerror(-r)));
        /* What is theirs now is no affair of ours any more. */
        return r == -ESTALE ? journal_note_undone(e->journal, path) : 0;
}

/* The last change first. What is restored leaves the list. */
static int restore_files(Executor *e)
{
        for (size_t i = e->journal->n_files; i-- > 0;) {
                int r = restore_file(e, e->journal->files + i);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* Our words among others' in a file that somebody else has changed since, or without any journal. */
static int remove_traces(Executor *e)
{
        _cleanup_boot_work_ BootWork work = {};
        int r = boot_arguments_work(e->journal->root, e->machine, NULL, &work);

        if (r < 0)
                return r == -ENOMEM ? r : 0; /* nothing of ours is in what we do not write for */
        for (size_t i = 0; i < work.n_commands; i++) {
                r = journal_note_command(e->journal, &work.commands[i].argv, true);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < work.n_files; i++) {
                const BootFile *f = work.files + i;

                r = journal_write(e->journal, f->path, f->text, f->mode);
                add_path(e, r < 0 ? OUTCOME_FAILED : OUTCOME_DONE, f->path,
                         r < 0 ? format_string("cannot be cleaned: %s", strerror(-r))
                               : strdup("without what gpuhost had added"));
        }
        return 0;
}

static bool is_listed(const SlotList *slots, PciAddress address)
{
        for (size_t i = 0; i < slots->n; i++)
                for (size_t k = 0; k < slots->items[i].n; k++)
                        if (pci_address_equal(slots->items[i].functions[k].address, address))
                                return true;
        return false;
}

/* Taken at boot, so that no journal tells of it: declared, and with the override that we give. */
static bool taken_at_boot(const GpuPlan *g, const PciDevice *d)
{
        return g->entry && (g->role == ROLE_PASSTHROUGH || g->role == ROLE_ON_DEMAND) &&
               d->driver && streq_ptr(d->driver, d->driver_override);
}

static int add_taken_at_boot(Executor *e, SlotList *slots)
{
        for (size_t i = 0; i < e->plan->n_gpus; i++) {
                const GpuPlan *g = e->plan->gpus + i;

                for (size_t k = 0; k <= g->n_companions; k++) {
                        const PciDevice *d = k == 0 ? g->device : g->companions[k - 1];
                        int r = !taken_at_boot(g, d) || is_listed(slots, d->address)
                                        ? 0
                                        : slot_list_add(slots, e->plan, d->address, NULL);

                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

static int return_slots(Executor *e)
{
        _cleanup_slots_ SlotList slots = {};
        int r = journal_taken_slots(e->journal, e->plan, &slots);

        if (r >= 0)
                r = add_taken_at_boot(e, &slots);
        for (size_t i = 0; r >= 0 && i < slots.n; i++)
                r = execute_return(e, slots.items + i);
        return r;
}

static int restore_attribute(Executor *e, const JournalAttribute *a)
{
        _cleanup_free_ char *path = format_string("/%s", a->path);
        _cleanup_free_ char *former = strdup(a->former);
        int r = path && former ? journal_restore_attribute(e->journal, a) : -ENOMEM;

        if (r == -ENOMEM)
                return r;
        if (r > 0)
                (void)outcome_add(&e->outcomes, OUTCOME_DONE, "attribute", path,
                                  format_string("%s again", former));
        else if (r < 0)
                (void)outcome_add(
                        &e->outcomes,
                        r == -ETIMEDOUT || r == -EDEADLK ? OUTCOME_STUCK : OUTCOME_FAILED,
                        "attribute", path,
                        format_string("cannot be made %s again: %s", former, strerror(-r)));
        return 0;
}

static int restore_attributes(Executor *e)
{
        for (size_t i = e->journal->n_attributes; i-- > 0;) {
                int r = restore_attribute(e, e->journal->attributes + i);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int remove_count(Executor *e)
{
        int r = boot_watchdog_remove(e->journal->root, e->machine);

        if (r < 0 && r != -EOPNOTSUPP)
                (void)outcome_add(
                        &e->outcomes, OUTCOME_FAILED,
                        enum_to_string(&step_code_table, STEP_BOOT_WATCHDOG), "host",
                        format_string("the count of boots cannot be removed: %s", strerror(-r)));
        return r == -ENOMEM ? r : 0;
}

static int revert_boot_files(Executor *e)
{
        int r = e->journal->n_files > 0 ? journal_rerun_all(e->journal) : 0;

        if (r >= 0)
                r = restore_files(e);
        if (r >= 0)
                r = remove_traces(e);
        return r < 0 ? r : remove_count(e);
}

int execute_revert(Executor *e, RevertFlags flags)
{
        int r = revert_boot_files(e);

        if (r >= 0 && !(flags & REVERT_BOOT_FILES))
                r = return_slots(e);
        if (r >= 0 && !(flags & REVERT_BOOT_FILES))
                r = restore_attributes(e);
        if (r >= 0)
                r = execute_commands(e);
        return r < 0 ? r : journal_finish(e->journal);
}
