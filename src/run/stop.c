// SPDX-License-Identifier: LGPL-2.1-or-later
#include <signal.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

#include "run/supervisor.h"
#include "util/clock.h"
#include "util/parse.h"

/*
 * The way to an end: each stage gets its time, then comes the next. SIGKILL is none of them, for it leaves
 * some devices in a state that only a power cycle ends; systemd has it as its last.
 */

enum { ANSWER_SEC = 10, PRESS_SEC = 5, QUIT_SEC = 10, TERM_SEC = 10, LINGER_SEC = 30 };
#define SEC 1000000ULL

static void on_quit(void *userdata, int error, json_t *value, const char *text)
{
        if (error < 0)
                stop_begin(userdata, STOP_TERM);
}

/* That the guest was told says nothing of what it does: its time runs on. */
static void on_powerdown(void *userdata, int error, json_t *value, const char *text)
{
        if (error < 0)
                stop_begin(userdata, STOP_QUIT);
}

static int press(Supervisor *s)
{
        /* A guest that does not run hears no button. */
        if (!s->ending.ran || s->paused)
                return -ESRCH;
        return qmp_command(s->qmp, "system_powerdown", ANSWER_SEC * SEC, on_powerdown);
}

static int powerdown(Supervisor *s)
{
        char time[FORMAT_DURATION_MAX];
        int r = press(s);

        if (r < 0)
                return r;
        s->press_until = clock_now_usec() + s->record->stop_timeout_usec;
        tell_status(s, "Stopping: the guest was asked to shut down, and has %s",
                    format_duration(s->record->stop_timeout_usec, time));
        return 0;
}

static int quit(Supervisor *s)
{
        if (!s->capable)
                return -ESRCH;
        if (s->stop == STOP_POWERDOWN && !s->ending.told) {
                s->ending.forced = true;
                tell_log(s, LOG_WARNING, "%s: the guest did not shut down: QEMU is told to quit",
                         s->record->name);
        }
        tell_status(s, "Stopping: QEMU was told to quit");
        return qmp_command(s->qmp, "quit", ANSWER_SEC * SEC, on_quit);
}

static int term(Supervisor *s)
{
        tell_status(s, "Stopping: QEMU was sent SIGTERM");
        return child_signal(&s->child, SIGTERM);
}

static int leave(Supervisor *s)
{
        tell_status(s, "Stopping: QEMU does not end");
        tell_log(s, LOG_ERR, "%s: QEMU does not end: systemd will kill it", s->record->name);
        return 0;
}

static const struct {
        int (*act)(Supervisor *s); /* negative: of no use here, so the next */
        uint64_t usec;             /* 0: as long as it takes */
} stages[] = {
        [STOP_POWERDOWN] = { powerdown, 0             },
        [STOP_QUIT] = { quit,      QUIT_SEC *SEC },
        [STOP_TERM] = { term,      TERM_SEC *SEC },
        [STOP_LEFT] = { leave,     0             },
};

static void set_timer(Supervisor *s, uint64_t usec);

/* Again and again: one that still boots has nobody yet who listens, and one that shuts down does not mind. */
static void await_guest(Supervisor *s)
{
        uint64_t now = clock_now_usec(), left = s->press_until > now ? s->press_until - now : 0;

        set_timer(s, left < PRESS_SEC * SEC ? left : PRESS_SEC * SEC);
}

static int on_time_out(sd_event_source *source, uint64_t usec, void *userdata)
{
        Supervisor *s = userdata;

        if (s->stop == STOP_POWERDOWN && clock_now_usec() < s->press_until && press(s) >= 0)
                await_guest(s);
        else
                stop_begin(s, s->stop < STOP_LEFT ? s->stop + 1 : STOP_LEFT);
        return 0;
}

static void set_timer(Supervisor *s, uint64_t usec)
{
        int r;

        s->stop_timer = sd_event_source_disable_unref(s->stop_timer);
        r = sd_event_add_time_relative(s->event, &s->stop_timer, CLOCK_MONOTONIC, usec, 0,
                                       on_time_out, s);
        if (r < 0) /* then nobody would go on: at once, with what there is */
                (void)!child_signal(&s->child, SIGTERM);
}

static void enter_stopping(Supervisor *s)
{
        if (s->phase == PHASE_STOPPING)
                return;
        s->phase = PHASE_STOPPING;
        start_done(s);
        s->health = health_free(s->health);
        s->next_check = sd_event_source_disable_unref(s->next_check);
        (void)sd_notify(0, "STOPPING=1");
}

void stop_begin(Supervisor *s, StopStage stage)
{
        if (stage <= s->stop)
                return;
        enter_stopping(s);
        while (stages[stage].act(s) < 0 && stage < STOP_LEFT)
                stage++;
        s->stop = stage;
        if (stage == STOP_POWERDOWN)
                await_guest(s);
        else if (stages[stage].usec > 0)
                set_timer(s, stages[stage].usec);
}

/* Whoever asks again means it. */
void stop_asked(Supervisor *s)
{
        bool again = s->ending.asked;

        s->ending.asked = true;
        if (s->stop < STOP_TERM)
                stop_begin(s, again ? s->stop + 1 : STOP_POWERDOWN);
}

void stop_broken(Supervisor *s, const char *why)
{
        if (s->phase == PHASE_STOPPING || s->ending.broken)
                return;
        s->ending.broken = strdup(why);
        if (!s->ending.broken)
                s->ending.broken = strdup("");
        tell_status(s, "Stopping: QMP: %s", why);
        stop_begin(s, s->capable ? STOP_QUIT : STOP_TERM);
}

/* As stop_begin(), but that it is given time to end by itself first. */
void stop_lingering(Supervisor *s)
{
        if (s->stop >= STOP_QUIT)
                return;
        enter_stopping(s);
        s->stop = STOP_POWERDOWN;
        s->press_until = 0;
        set_timer(s, LINGER_SEC * SEC);
}
