// SPDX-License-Identifier: LGPL-2.1-or-later
#include <syslog.h>
#include <systemd/sd-daemon.h>

#include "run/supervisor.h"
#include "supervise/pin.h"
#include "util/clock.h"

/*
 * From the first process to a machine that runs. QEMU takes commands once all is built, which includes
 * every page of memory that is to be touched or pinned: until then it cannot say how far it is, and
 * systemd is asked for more time, but not for ever.
 * The guest does not run before all that is heard and each of its CPUs is where it belongs.
 */

enum {
        ANSWER_SEC = 30,
        ALLOCATING_STEP_SEC = 5,
        ALLOCATING_ASK_SEC = 30,
        ALLOCATING_BASE_SEC = 60,
        ALLOCATING_USEC_PER_MB = 4000, /* four seconds a GiB, of pages that must be made first */
};
#define SEC 1000000ULL

/* True if the answer is one that a start goes on with. */
static bool answered(Supervisor *s, const char *command, int error, const char *text)
{
        _cleanup_free_ char *why = NULL;

        if (s->phase == PHASE_STOPPING)
                return false;
        if (error >= 0)
                return true;
        why = format_string("%s: %s", command,
                            error == -ETIMEDOUT ? "no answer"
                            : text              ? text
                                                : strerror(-error));
        stop_broken(s, why ? why : command);
        return false;
}

static void ask(Supervisor *s, const char *command, uint64_t timeout_usec, QmpReply reply)
{
        int r = qmp_command(s->qmp, command, timeout_usec, reply);

        if (r < 0)
                stop_broken(s, strerror(-r));
}

static void on_let_go(void *userdata, int error, json_t *value, const char *text)
{
        (void)answered(userdata, "cont", error, text);
}

static void on_status(void *userdata, int error, json_t *value, const char *text)
{
        Supervisor *s = userdata;
        const char *status = json_string_value(json_object_get(value, "status"));

        if (!answered(s, "query-status", error, text) || s->phase != PHASE_STARTING)
                return;
        /* RESUME tells when it goes on, of itself or because somebody else has let it. */
        if (json_is_true(json_object_get(value, "running")))
                watch_running(s);
        else if (streq_ptr(status, "prelaunch"))
                ask(s, "cont", ANSWER_SEC * SEC, on_let_go);
        else
                tell_status(s, "Waiting: the machine is stopped");
}

static void on_cpus(void *userdata, int error, json_t *value, const char *text)
{
        Supervisor *s = userdata;
        _cleanup_str_buf_ StrBuf why = {};

        if (!answered(s, "query-cpus-fast", error, text))
                return;
        if (pin_cpus(s->child.pid, value, s->record, &s->n_cpus, &why) < 0)
                stop_broken(s, str_buf_get(&why));
        else
                ask(s, "query-status", ANSWER_SEC * SEC, on_status);
}

static void on_capabilities(void *userdata, int error, json_t *value, const char *text)
{
        Supervisor *s = userdata;

        start_done(s);
        if (!answered(s, "qmp_capabilities", error, text))
                return;
        s->capable = true;
        ask(s, "query-cpus-fast", ANSWER_SEC * SEC, on_cpus);
}

static void on_greeted(void *userdata)
{
        Supervisor *s = userdata;

        if (s->greeted || s->phase == PHASE_STOPPING)
                return;
        s->greeted = true;
        ask(s, "qmp_capabilities", 0, on_capabilities);
}

static void on_shutdown(Supervisor *s, json_t *data)
{
        s->ending.told = true;
        s->ending.guest_shutdown |= json_is_true(json_object_get(data, "guest"));
        stop_lingering(s);
}

static void on_panicked(Supervisor *s, json_t *data)
{
        const char *action = json_string_value(json_object_get(data, "action"));

        /* "run": it was declared that the guest sees to it itself. */
        if (s->ending.panicked || (action && streq(action, "run")))
                return;
        s->ending.panicked = true;
        tell_status(s, "The guest panicked");
        stop_lingering(s);
}

static void on_resume(Supervisor *s, json_t *data)
{
        s->paused = false;
        if (s->capable && s->phase == PHASE_STARTING && s->n_cpus > 0)
                watch_running(s);
        else if (s->phase == PHASE_READY)
                tell_running(s, NULL);
}

static void on_stop(Supervisor *s, json_t *data)
{
        s->paused = true;
        if (s->phase == PHASE_READY)
                tell_running(s, NULL);
}

static const struct {
        const char *name;
        void (*take)(Supervisor *s, json_t *data);
} events[] = {
        { "GUEST_PANICKED", on_panicked },
        { "RESUME",         on_resume   },
        { "SHUTDOWN",       on_shutdown },
        { "STOP",           on_stop     },
};

static void on_event(void *userdata, const char *name, json_t *data)
{
        for (size_t i = 0; i < ARRAY_SIZE(events); i++)
                if (streq(events[i].name, name))
                        events[i].take(userdata, data);
}

static void on_ended(void *userdata, int error)
{
        Supervisor *s = userdata;

        start_done(s);
        if (error < 0)
                stop_broken(s, error == -EMSGSIZE  ? "a message is too large"
                               : error == -EBADMSG ? "a message is none of QMP's"
                                                   : strerror(-error));
        else
                stop_lingering(s); /* it closes the socket when it ends */
}

const QmpHandlers start_handlers = {
        .greeted = on_greeted,
        .event = on_event,
        .ended = on_ended,
};

static int on_allocating(sd_event_source *source, uint64_t usec, void *userdata)
{
        Supervisor *s = userdata;

        if (clock_now_usec() >= s->allocating_until) {
                start_done(s);
                return 0;
        }
        (void)sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%ju", (uintmax_t)(ALLOCATING_ASK_SEC * SEC));
        return sd_event_source_set_time_relative(source, ALLOCATING_STEP_SEC * SEC) < 0
                       ? 0
                       : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int start_begin(Supervisor *s)
{
        const RunRecord *record = s->record;

        if (!record->prealloc) {
                tell_status(s, "Starting QEMU");
                return 0;
        }
        tell_status(s, "Allocating %ju MiB of memory", (uintmax_t)record->memory_mb);
        s->allocating_until = clock_now_usec() + ALLOCATING_BASE_SEC * SEC +
                              record->memory_mb * ALLOCATING_USEC_PER_MB;
        return sd_event_add_time_relative(s->event, &s->allocating, CLOCK_MONOTONIC, 0, 0,
                                          on_allocating, s);
}

void start_done(Supervisor *s)
{
        s->allocating = sd_event_source_disable_unref(s->allocating);
}
