// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/stage.h"

#include <stdarg.h>
#include <systemd/sd-daemon.h>

#include "claim/node.h"
#include "host/claims.h"
#include "util/log.h"

/* What bears on whether a device may leave the host, and on how it is handed over. */
#define PARTS                                                                                      \
        (MACHINE_GPUS | MACHINE_IOMMU | MACHINE_ARGUMENTS | MACHINE_BOOT | MACHINE_PROTECTIONS |   \
         MACHINE_DETAILS | MACHINE_PREFLIGHT)

void stage_done(Stage *s)
{
        start_done(&s->start);
        str_list_done(&s->disks);
        str_list_done(&s->backings);
        free(s->variables_from);
        lease_list_done(&s->leases);
        free(s->passed);
        free(s->mdevs);
        s->manager = manager_close(s->manager);
        plan_done(&s->plan);
        machine_done(&s->machine);
        config_done(&s->config);
        diag_done(&s->diag);
}

static int _printf_(2, 0) say_refusal(Stage *s, const char *format, va_list ap)
{
        _cleanup_free_ char *message = NULL;

        if (vasprintf(&message, format, ap) < 0) {
                message = NULL;
                return -ENOMEM;
        }
        if (s->why) {
                str_buf_add(s->why, message);
                return -ECANCELED;
        }
        log_fields(LOG_ERR, &(LogField){ "INSTANCE", s->name }, 1, "%s", message);
        (void)sd_notifyf(false, "STATUS=%s", message);
        return -ECANCELED;
}

int refuse(Stage *s, const char *format, ...)
{
        va_list ap;
        int r;

        va_start(ap, format);
        r = say_refusal(s, format, ap);
        va_end(ap);
        return r;
}

int refuse_for_now(Stage *s, const char *format, ...)
{
        va_list ap;
        int r;

        va_start(ap, format);
        r = say_refusal(s, format, ap);
        va_end(ap);
        s->for_now = true;
        return r;
}

int refuse_error(Stage *s, int r, const char *format, ...)
{
        _cleanup_free_ char *what = NULL;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&what, format, ap);
        va_end(ap);
        if (n < 0) {
                what = NULL;
                return -ENOMEM;
        }
        return r == -ECANCELED || r == -ENOMEM ? r
                                               : refuse_for_now(s, "%s: %s", what, strerror(-r));
}

void stage_begin(Stage *s)
{
        start_init(&s->start);
        (void)snprintf(s->unit, sizeof(s->unit), "gpu-vm@%s.service", s->name);
}

int stage_load(Stage *s)
{
        _cleanup_machine_wants_ MachineWants wants = {};
        int r;

        if ((r = config_load(s->root, 0, &s->config, &s->diag)) < 0 ||
            (r = plan_wants(&s->config, &wants)) < 0)
                return r;
        wants.images = false;
        return machine_read(s->root, PARTS, &wants, &s->machine);
}

/* What nobody has any more, of whomever: its node is not for whoever gets that user id next. */
static int sweep(Stage *s)
{
        _cleanup_str_list_ StrList swept = {};
        int r = lease_sweep(s->root, &swept);

        for (size_t i = 0; r >= 0 && i < swept.n; i++)
                r = node_take_back(s->root, swept.items[i]);
        return r;
}

int stage_look(Stage *s)
{
        int r;

        if ((r = claims_read(s->root, &(MachineWants){}, &s->machine)) < 0 ||
            (r = plan_build(&s->config, &s->machine, PLAN_RUNTIME, &s->plan)) < 0)
                return r;
        s->assignment = plan_find_assignment(&s->plan, s->name);
        return 0;
}

int stage_plan(Stage *s)
{
        int r = sweep(s);

        return r < 0 ? r : stage_look(s);
}
