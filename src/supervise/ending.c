// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/ending.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

const EndingRow ending_table[] = {
        { RUN_EXIT_ENDED, "stopped, or shut down by the guest" },
        { RUN_EXIT_FAILED, "a failure of this program: memory, a descriptor, a system call" },
        { RUN_EXIT_USAGE, "wrong usage", true },
        { RUN_EXIT_RECORD, "the record of the start is missing or wrong", true },
        { RUN_EXIT_REFUSED, "QEMU refused to start: an option, a device, a resource" },
        { RUN_EXIT_QEMU, "QEMU ended with an error while the machine ran" },
        { RUN_EXIT_KILLED, "QEMU was ended by a signal" },
        { RUN_EXIT_QMP, "QEMU did not answer on its monitor, or not as QMP has it" },
        { RUN_EXIT_PANIC, "the guest panicked" },
        { RUN_EXIT_UNHEALTHY, "the health check failed too often" },
        { RUN_EXIT_HELPER, "a program beside QEMU ended: swtpm, virtiofsd" },
        { RUN_EXIT_UNCLAIMED, "the claim stage refused the start, and says why", true },
};
const size_t ending_table_size = ARRAY_SIZE(ending_table);

void ending_done(Ending *ending)
{
        free(ending->unhealthy);
        free(ending->broken);
        *ending = (Ending){};
}

static bool was_killed(const Ending *e)
{
        return e->code == CLD_KILLED || e->code == CLD_DUMPED;
}

/* The one that we send. */
static bool was_sigterm(const Ending *e)
{
        return e->code == CLD_KILLED && e->status == SIGTERM;
}

/* It came before QEMU listened to it. */
static bool stopped_early(const Ending *e)
{
        return e->asked && was_sigterm(e);
}

static void add_last_words(const Ending *e, StrBuf *words)
{
        if (e->last_words && *e->last_words)
                str_buf_printf(words, ": %s", e->last_words);
}

static RunExit judge_failure(const Ending *e, StrBuf *words)
{
        const char *name = was_killed(e) ? sigabbrev_np(e->status) : NULL;

        if (name)
                str_buf_printf(words, "QEMU was ended by SIG%s", name);
        else if (was_killed(e))
                str_buf_printf(words, "QEMU was ended by signal %d", e->status);
        else
                str_buf_printf(words, "QEMU %s with status %d",
                               e->ran ? "ended" : "refused to start,", e->status);
        add_last_words(e, words);
        if (was_killed(e))
                return RUN_EXIT_KILLED;
        return e->ran ? RUN_EXIT_QEMU : RUN_EXIT_REFUSED;
}

static const char *peaceful(const Ending *e)
{
        if (e->forced)
                return "stopped, the guest did not shut down in time";
        if (e->asked)
                return e->guest_shutdown ? "stopped, the guest shut down" : "stopped";
        return e->guest_shutdown ? "the guest shut down" : "QEMU was told to end";
}

RunExit ending_judge(const Ending *e, StrBuf *words)
{
        if (e->panicked) {
                str_buf_add(words, "the guest panicked");
                return RUN_EXIT_PANIC;
        }
        if (e->unhealthy) {
                str_buf_printf(words, "the health check failed: %s", e->unhealthy);
                return RUN_EXIT_UNHEALTHY;
        }
        if (e->helper) {
                str_buf_printf(words, "%s ended: its own unit tells why", e->helper);
                if (!e->ran)
                        add_last_words(e, words);
                return RUN_EXIT_HELPER;
        }
        /* A crash is the reason for what it said last, and not the other way round. */
        if (e->broken && (!was_killed(e) || was_sigterm(e))) {
                str_buf_printf(words, "QMP: %s", e->broken);
                add_last_words(e, words);
                return RUN_EXIT_QMP;
        }
        if (!stopped_early(e) && (was_killed(e) || e->status != 0 || !(e->asked || e->told)))
                return judge_failure(e, words);
        str_buf_add(words, peaceful(e));
        return RUN_EXIT_ENDED;
}
