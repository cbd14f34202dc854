// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdarg.h>
#include <systemd/sd-daemon.h>

#include "run/supervisor.h"
#include "util/clock.h"
#include "util/log.h"

enum { MAX_TEXT = 600, MAX_GPUS = 16, TOLD_USEC = 1000 * 1000, TOLD_BURST = 20 };

/* Guest and QEMU are behind much of what is told. At the rate at which they like PID 1 would have nothing
 * else to do: so one a second, and twenty in advance. */
static bool may_tell(Supervisor *s)
{
        const uint64_t burst = (uint64_t)TOLD_BURST * TOLD_USEC;
        uint64_t now = clock_now_usec();

        /* told_usec: how far into the future the turns are taken; what was not told is not saved up. */
        if (s->told_usec < now)
                s->told_usec = now;
        if (s->told_usec >= now + burst)
                return false;
        s->told_usec += TOLD_USEC;
        return true;
}

void tell_status(Supervisor *s, const char *format, ...)
{
        char text[MAX_TEXT];
        va_list ap;

        if (!may_tell(s))
                return;
        va_start(ap, format);
        (void)vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        /* Each assignment is a line: what others have said must not begin one. */
        for (char *p = text; *p; p++)
                if ((unsigned char)*p < ' ')
                        *p = '?';
        (void)sd_notifyf(0, "STATUS=%s", text);
}

/* "Running: 2 vCPUs, 4096 MiB, GPU 0000:01:00.0" */
void tell_running(Supervisor *s, const char *more)
{
        const StrList *gpus = &s->record->gpus;
        _cleanup_str_buf_ StrBuf b = {};

        str_buf_printf(&b, "%s: %zu vCPU%s, %ju MiB", s->paused ? "Paused" : "Running", s->n_cpus,
                       s->n_cpus == 1 ? "" : "s", (uintmax_t)s->record->memory_mb);
        for (size_t i = 0; i < gpus->n; i++)
                str_buf_printf(&b, "%s %s",
                               i > 0         ? ","
                               : gpus->n > 1 ? ", GPUs"
                                             : ", GPU",
                               gpus->items[i]);
        if (more)
                str_buf_printf(&b, "; %s", more);
        if (s->guest_status)
                str_buf_printf(&b, "; guest: %s", s->guest_status);
        tell_status(s, "%s", str_buf_get(&b));
}

void tell_log(const Supervisor *s, int level, const char *format, ...)
{
        LogField fields[1 + MAX_GPUS] = {
                { "INSTANCE", s->record->name }
        };
        char text[MAX_TEXT];
        size_t n = 1;
        va_list ap;

        for (size_t i = 0; i < s->record->gpus.n && n < ARRAY_SIZE(fields); i++)
                fields[n++] = (LogField){ "PCI_ADDR", s->record->gpus.items[i] };
        va_start(ap, format);
        (void)vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        log_fields(level, fields, n, "%s", text);
}
