// SPDX-License-Identifier: LGPL-2.1-or-later
#include <syslog.h>
#include <systemd/sd-daemon.h>

#include "run/supervisor.h"

/* Started means what health_check says; and after the start it goes on to be asked. */

enum { FIRST_CHECKS_USEC = 1000 * 1000 }; /* a machine that starts is not kept waiting */

static void be_ready(Supervisor *s)
{
        s->phase = PHASE_READY;
        (void)sd_notify(0, "READY=1");
        tell_running(s, NULL);
        tell_log(s, LOG_INFO, "%s runs, with %zu CPU%s and %ju MiB", s->record->name, s->n_cpus,
                 s->n_cpus == 1 ? "" : "s", (uintmax_t)s->record->memory_mb);
        resident_let_go();
}

static void check_later(Supervisor *s)
{
        uint64_t usec = s->record->health.interval_ms * 1000ULL;
        int r;

        if (s->phase == PHASE_WAITING && usec > FIRST_CHECKS_USEC)
                usec = FIRST_CHECKS_USEC;
        r = sd_event_source_set_time_relative(s->next_check, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(s->next_check, SD_EVENT_ONESHOT);
        if (r < 0)
                stop_broken(s, strerror(-r));
}

static int on_next_check(sd_event_source *source, uint64_t usec, void *userdata)
{
        Supervisor *s = userdata;

        health_ask(s->health);
        return 0;
}

static void still_waiting(Supervisor *s, const char *why)
{
        _cleanup_str_buf_ StrBuf b = {};

        str_buf_add(&b, "waiting for ");
        health_describe(&s->record->health, &b);
        if (why)
                str_buf_printf(&b, " (%s)", why);
        tell_running(s, str_buf_get(&b));
}

static void failed_once_more(Supervisor *s, const char *why)
{
        uint32_t allowed = s->record->health.retries;
        _cleanup_free_ char *text = NULL;

        s->failures++;
        tell_log(s, LOG_WARNING, "%s: the health check failed, %u of %u: %s", s->record->name,
                 s->failures, allowed, why);
        if (s->failures >= allowed) {
                s->ending.unhealthy = strdup(why);
                if (!s->ending.unhealthy)
                        s->ending.unhealthy = strdup("");
                tell_status(s, "Stopping: the health check failed %u times: %s", s->failures, why);
                stop_begin(s, STOP_POWERDOWN);
                return;
        }
        text = format_string("health check failed, %u of %u: %s", s->failures, allowed, why);
        tell_running(s, text);
}

static void on_answer(void *userdata, const char *why)
{
        Supervisor *s = userdata;

        if (s->phase == PHASE_WAITING && !why)
                be_ready(s);
        else if (s->phase == PHASE_WAITING)
                still_waiting(s, why);
        else if (s->phase == PHASE_READY && why)
                failed_once_more(s, why);
        else if (s->phase == PHASE_READY && s->failures > 0)
                tell_running(s, NULL);
        if (!why)
                s->failures = 0;
        if (s->phase != PHASE_STOPPING)
                check_later(s);
}

/* The guest may say so before QEMU does. */
static void wait_for_guest(Supervisor *s)
{
        if (s->guest_ready)
                be_ready(s);
        else
                tell_running(s, "waiting for the guest's READY=1");
}

static void wait_for_check(Supervisor *s)
{
        still_waiting(s, NULL);
        health_ask(s->health);
}

static void (*const waits[])(Supervisor *s) = {
        [HEALTH_RUNNING] = be_ready,
        [HEALTH_READY] = wait_for_guest,
        [HEALTH_HTTP] = wait_for_check,
        [HEALTH_TCP] = wait_for_check,
};

void watch_running(Supervisor *s)
{
        if (s->phase != PHASE_STARTING)
                return;
        s->ending.ran = true;
        s->paused = false;
        s->phase = PHASE_WAITING;
        waits[s->record->health.type](s);
}

static void on_heard(void *userdata, const GuestMessage *m)
{
        Supervisor *s = userdata;

        if (m->has_status && free_and_strdup(&s->guest_status, *m->status ? m->status : NULL) < 0)
                return;
        s->guest_ready |= m->ready;
        if (s->phase == PHASE_WAITING && s->record->health.type == HEALTH_READY)
                wait_for_guest(s);
        else if (s->phase == PHASE_READY && m->has_status)
                tell_running(s, NULL);
}

/* A machine that is not waited for may have its port refused: it then only says less. */
static int listen_to_guest(Supervisor *s)
{
        uint32_t cid = s->record->vsock_cid;
        int fd, r;

        if (cid == 0)
                return 0;
        r = guest_listen(cid, &fd);
        if (r >= 0)
                r = guest_new(s->event, fd, cid, guest_speaks, on_heard, s, &s->guest);
        if (r < 0)
                tell_log(s, LOG_WARNING, "cannot listen to the guest on vsock port %u: %s", cid,
                         strerror(-r));
        return s->record->health.type == HEALTH_READY ? r : 0;
}

int watch_begin(Supervisor *s)
{
        const RunHealth *health = &s->record->health;
        int r = listen_to_guest(s);

        if (r < 0 || (health->type != HEALTH_HTTP && health->type != HEALTH_TCP))
                return r;
        r = sd_event_add_time_relative(s->event, &s->next_check, CLOCK_MONOTONIC, 0, 0,
                                       on_next_check, s);
        if (r >= 0)
                r = sd_event_source_set_enabled(s->next_check, SD_EVENT_OFF);
        return r < 0 ? r : health_new(s->event, health, on_answer, s, &s->health);
}
