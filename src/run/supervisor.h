// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <systemd/sd-event.h>

#include "supervise/child.h"
#include "supervise/ending.h"
#include "supervise/guest.h"
#include "supervise/health.h"
#include "supervise/last-words.h"
#include "supervise/qmp.h"

/* How far a machine has come. */
typedef enum Phase {
        PHASE_STARTING, /* QEMU has not said yet that it runs */
        PHASE_WAITING,  /* it runs; the health check has not succeeded yet */
        PHASE_READY,
        PHASE_STOPPING,
} Phase;

/* What was done last to make it end: each stage has its time. */
typedef enum StopStage {
        STOP_NOT,
        STOP_POWERDOWN, /* the guest is asked, as with the power button */
        STOP_QUIT,      /* QEMU is asked */
        STOP_TERM,      /* QEMU is sent SIGTERM */
        STOP_LEFT,      /* the rest is systemd's: SIGKILL at TimeoutStopSec= */
} StopStage;

typedef struct Supervisor {
        const RunRecord *record;
        sd_event *event;
        Child child;
        LastWords words;
        Qmp *qmp;
        Guest *guest;
        Health *health;
        sd_event_source *pidfd_source, *output_source;
        sd_event_source *helpers[RUN_FDS_MAX];
        size_t n_helpers;

        Phase phase;
        bool greeted, capable; /* QMP: has said hello; takes commands */
        bool paused;
        bool guest_ready; /* as the guest has said */
        size_t n_cpus;
        char *guest_status;
        uint64_t told_usec; /* see tell.c */

        sd_event_source *allocating; /* asks systemd for more time */
        uint64_t allocating_until;

        sd_event_source *next_check;
        uint32_t failures; /* of the health check, in a row */

        StopStage stop;
        sd_event_source *stop_timer;
        uint64_t press_until;
        Ending ending;
} Supervisor;

/* Starts the machine and stays with it until it has ended. `fds`, by record->fds, are closed once QEMU has
 * them. Returns the exit status. */
RunExit supervise(const RunRecord *record, int *fds);

/* The rest is what its parts have of each other. */

extern const QmpHandlers start_handlers; /* start.c */
int start_begin(Supervisor *s) _must_check_;
void start_done(Supervisor *s);

int watch_begin(Supervisor *s) _must_check_; /* watch.c */
void watch_running(Supervisor *s);           /* QMP says that it runs */

void stop_begin(Supervisor *s, StopStage stage); /* stop.c: never back to an earlier stage */
void stop_asked(Supervisor *s);                  /* SIGTERM */
void stop_broken(Supervisor *s, const char *why);
void stop_lingering(Supervisor *s); /* it should end by itself now */

/* helpers.c: takes `fd`, of the record's name `name`. */
int helpers_watch(Supervisor *s, const char *name, int fd) _must_check_;
void helpers_look(Supervisor *s);
void helpers_done(Supervisor *s);

void resident_let_go(void); /* resident.c */

/* tell.c: STATUS= for systemctl status, and the journal, with INSTANCE= and PCI_ADDR=. */
void tell_status(Supervisor *s, const char *format, ...) _printf_(2, 3);
void tell_running(Supervisor *s, const char *more); /* more: NULL, or what else there is to say */
void tell_log(const Supervisor *s, int level, const char *format, ...) _printf_(3, 4);
