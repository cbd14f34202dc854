// SPDX-License-Identifier: LGPL-2.1-or-later
#include <systemd/sd-daemon.h>

#include "claim/stage.h"
#include "device/load.h"
#include "device/lock.h"
#include "device/persistence.h"
#include "device/settle.h"
#include "device/stuck.h"
#include "journal/execute.h"
#include "util/clock.h"
#include "util/command.h"
#include "util/fd.h"
#include "util/log.h"

enum {
        BIND_TIMEOUT = 120 * 1000 * 1000,
        SERVICE_TIMEOUT = 30 * 1000 * 1000,
};

/* Devices change hands one at a time over the whole host, and the journal knows before. */
typedef struct Rebinding {
        int lock;
        Journal journal;
        Executor executor;
} Rebinding;

static void rebinding_done(Rebinding *b)
{
        executor_done(&b->executor);
        journal_done(&b->journal);
        b->lock = safe_close(b->lock);
}

static int load_driver(void *userdata, const char *driver)
{
        _cleanup_str_buf_ StrBuf why = {};
        int r = driver_load_apart(driver, &why);

        if (r < 0)
                log_warning("cannot load %s: %s", driver, str_buf_get(&why));
        return r;
}

static int rebinding_begin(Stage *s, Rebinding *b)
{
        unsigned line = 0;
        pid_t holder = 0;
        int r;

        /* Others may be before us, and drivers take their time. */
        (void)sd_notifyf(false, "EXTEND_TIMEOUT_USEC=%d", JOURNAL_TIMEOUT + BIND_TIMEOUT);
        r = host_lock(s->root, LOCK_OF_CHANGES, JOURNAL_TIMEOUT, &b->lock, &holder);
        if (r == -EBUSY)
                return refuse_for_now(s,
                                      "process %d is changing this host: try again when it is done",
                                      (int)holder);
        if (r >= 0)
                r = journal_open(s->root, &b->journal, &line);
        if (r == -EBADMSG)
                return refuse(s, "/" JOURNAL_FILE ":%u is no line of a journal", line);
        if (r < 0)
                return refuse_error(s, r, "cannot read /" JOURNAL_FILE);
        b->executor = (Executor){ .journal = &b->journal,
                                  .machine = &s->machine,
                                  .plan = &s->plan,
                                  .load_driver = load_driver };
        return 0;
}

static void add_outcome(StrBuf *text, const Outcome *o)
{
        str_buf_printf(text, "%s%s %s", text->len ? "; " : "", o->target, o->message);
        if (!o->detail || !*o->detail)
                return;
        str_buf_add(text, ": ");
        for (const char *p = o->detail; *p; p++)
                if (*p != '\n' || p[1])
                        str_buf_add_char(text, *p == '\n' ? ',' : *p);
}

/* What went wrong, in one line. */
static int judge(Stage *s, const OutcomeList *outcomes)
{
        _cleanup_str_buf_ StrBuf text = {};

        if (outcomes->failed)
                return -ENOMEM;
        for (size_t i = 0; i < outcomes->n; i++)
                if (outcome_is_bad(outcomes->items[i].kind))
                        add_outcome(&text, outcomes->items + i);
        if (text.failed)
                return -ENOMEM;
        return text.len ? refuse_for_now(s, "%s", str_buf_get(&text)) : 0;
}

/* Those that have their driver from boot on are looked at, and not touched. */
static bool is_bound_at_boot(const Passed *p)
{
        return p->gpu && p->gpu->role == ROLE_PASSTHROUGH;
}

static int verify(Stage *s, const Passed *p)
{
        char driver[DRIVER_NAME_MAX], address[PCI_ADDRESS_MAX];
        int r;

        pci_address_format(p->device->address, address);
        if (stuck_is_marked(s->root, p->device->address))
                return refuse(s,
                              "%s: its driver did not come back from an earlier attempt: left "
                              "alone until the next boot",
                              address);
        r = function_driver(s->root, p->device->address, driver);
        if (r < 0)
                return refuse_error(s, r, "%s", address);
        if (is_bound_at_boot(p) && !streq(driver, p->driver))
                return refuse(s,
                              "%s has not been given to %s yet, its driver is %s: run gpuhost "
                              "apply, or reboot",
                              address, p->driver, *driver ? driver : "none");
        return 0;
}

/* udev gives a new node its owner, and does so once. */
static bool is_settled(Root *root, const void *address)
{
        return device_settled(root, *(const PciAddress *)address);
}

/* A VF to which a type was given stays with the driver that it has. */
static bool is_bound_now(const Passed *p)
{
        return !is_bound_at_boot(p) && !p->vgpu_type;
}

static int collect(const Stage *s, SlotList *slots)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_passed; i++)
                if (is_bound_now(s->passed + i))
                        r = slot_list_add(slots, &s->plan, s->passed[i].device->address,
                                          s->passed[i].driver);
        return r;
}

static int bind_slots(Stage *s, SlotList *slots)
{
        _cleanup_(rebinding_done) Rebinding b = { .lock = -EBADF };
        int r = rebinding_begin(s, &b);

        for (size_t i = 0; r >= 0 && i < slots->n; i++)
                r = execute_bind(&b.executor, slots->items + i);
        if (r >= 0)
                r = judge(s, &b.executor.outcomes);
        return r < 0 ? refuse_error(s, r, "cannot take its devices") : 0;
}

int bind_all(Stage *s)
{
        _cleanup_slots_ SlotList slots = {};
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->n_passed; i++)
                r = verify(s, s->passed + i);
        if (r >= 0)
                r = collect(s, &slots);
        if (r < 0 || slots.n == 0)
                return r;
        r = bind_slots(s, &slots);
        for (size_t i = 0; r >= 0 && i < s->n_passed; i++)
                if (is_bound_now(s->passed + i))
                        device_await(s->root, is_settled, &s->passed[i].device->address,
                                     clock_now_usec() + UDEV_TIMEOUT);
        return r;
}

/* The daemon that was asked to let go of it has it again. Other commands that wait are for somebody who
 * sits at the machine. */
static int give_to_service(Journal *j, PciAddress gpu)
{
        _cleanup_str_list_ StrList off = {}, on = {};
        _cleanup_str_buf_ StrBuf said = {};
        int status = 0, r = persistence_commands(j->root, gpu, &off, &on);

        if (r <= 0 || !journal_knows_command(j, &on))
                return r;
        r = command_run(&on, SERVICE_TIMEOUT, &said, &status);
        return r < 0 || status ? 0 : journal_note_command(j, &on, false);
}

int bind_return(Stage *s, const PciAddress *functions, size_t n)
{
        _cleanup_(rebinding_done) Rebinding b = { .lock = -EBADF };
        _cleanup_slots_ SlotList slots = {};
        int r = rebinding_begin(s, &b);

        for (size_t i = 0; r >= 0 && i < n; i++) {
                const JournalFunction *f = journal_find_function(&b.journal, functions[i]);

                r = slot_list_add(&slots, &s->plan, functions[i], f ? f->override : NULL);
        }
        for (size_t i = 0; r >= 0 && i < slots.n; i++)
                r = execute_return(&b.executor, slots.items + i);
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = give_to_service(&b.journal, functions[i]);
        if (r >= 0)
                r = journal_finish(&b.journal);
        if (r >= 0)
                r = judge(s, &b.executor.outcomes);
        return r < 0 ? refuse_error(s, r, "cannot give its devices back") : 0;
}
