// SPDX-License-Identifier: LGPL-2.1-or-later
#include <poll.h>
#include <sys/epoll.h>
#include <syslog.h>

#include "run/supervisor.h"
#include "util/fd.h"

/*
 * Programs beside QEMU, known by the connections that QEMU has to them. We hold these as well, to see the
 * other end go, and never read: a guest whose TPM is gone would go on as if it had one that is broken.
 */

static void lost(Supervisor *s, const char *program)
{
        if (s->phase == PHASE_STOPPING || s->ending.helper)
                return;
        s->ending.helper = program;
        tell_log(s, LOG_ERR, "%s: %s ended, and the VM cannot go on without it", s->record->name,
                 program);
        tell_status(s, "Stopping: %s ended", program);
        stop_begin(s, STOP_POWERDOWN);
}

static const char *program_of(sd_event_source *source)
{
        const char *program = NULL;

        (void)sd_event_source_get_description(source, &program);
        return run_fd_helper(program);
}

static int on_hang_up(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        lost(userdata, program_of(source));
        return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

/* After what QEMU tells: swtpm ends because QEMU does, too, and that is then known. */
int helpers_watch(Supervisor *s, const char *name, int fd)
{
        sd_event_source **source = s->helpers + s->n_helpers;
        int r = sd_event_add_io(s->event, source, fd, EPOLLRDHUP, on_hang_up, s);

        if (r < 0) {
                safe_close(fd);
                return r;
        }
        s->n_helpers++;
        r = sd_event_source_set_io_fd_own(*source, true);
        if (r >= 0)
                r = sd_event_source_set_description(*source, name);
        return r < 0 ? r : sd_event_source_set_priority(*source, SD_EVENT_PRIORITY_NORMAL + 20);
}

/* QEMU has ended and not said that it would: because of one of them? */
void helpers_look(Supervisor *s)
{
        for (size_t i = 0; i < s->n_helpers && !s->ending.helper; i++) {
                struct pollfd p = { .fd = sd_event_source_get_io_fd(s->helpers[i]),
                                    .events = POLLRDHUP };

                if (poll(&p, 1, 0) > 0)
                        s->ending.helper = program_of(s->helpers[i]);
        }
}

void helpers_done(Supervisor *s)
{
        while (s->n_helpers > 0)
                sd_event_source_disable_unref(s->helpers[--s->n_helpers]);
}
