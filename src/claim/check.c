// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/stage.h"
#include "device/cordon.h"
#include "device/reset.h"
#include "device/slot.h"
#include "device/stuck.h"
#include "util/log.h"

static bool cordon(Stage *s, PciAddress address, PciAddress cordoned, const char *what)
{
        _cleanup_free_ char *why =
                format_string("%s %s, when '%s' had it", ADDRESS(address), what, s->name);
        int r = why ? cordon_mark(s->root, cordoned, why) : -ENOMEM;

        log_fields(LOG_ERR,
                   (const LogField[]){
                           { "INSTANCE", s->name           },
                           { "GPU",      ADDRESS(cordoned) }
        },
                   2, "%s %s: nothing new starts on it", ADDRESS(address), what);
        if (r < 0)
                log_warning("cannot write /" CORDON_FOLDER ": %s", strerror(-r));
        return false;
}

/* `cordoned` is what nobody gets then: the GPU that the function is part of. */
bool check_reset_one(Stage *s, PciAddress address, PciAddress cordoned)
{
        pid_t stuck = 0;
        int r;

        if (stuck_is_marked(s->root, address))
                return false;
        r = function_answers(s->root, address);
        if (r < 0)
                return cordon(s, address, cordoned,
                              r == -ENODEV ? "has gone" : "does not answer any more");
        r = function_reset(s->root, address, SLOT_WRITE_TIMEOUT, &stuck);
        if (r == -ETIMEDOUT) {
                (void)!stuck_mark(s->root, address);
                return cordon(s, address, cordoned, "does not come back from its reset");
        }
        /* Where there is no way for this function VFIO resets the whole device, when it is opened. */
        if (r < 0 && r != -EOPNOTSUPP)
                return cordon(s, address, cordoned, "cannot be reset");
        return function_answers(s->root, address) >= 0 ||
               cordon(s, address, cordoned, "does not answer after its reset");
}

int check_reset_all(Stage *s)
{
        for (size_t i = 0; i < s->n_passed; i++) {
                const Passed *p = s->passed + i;
                PciAddress head = p->gpu ? p->gpu->device->address : p->device->address;

                if (p->vgpu_type) /* its driver sees to that */
                        continue;
                if (!check_reset_one(s, p->device->address, head))
                        return refuse(s,
                                      "%s does not work: see the messages before, and gpuhost "
                                      "check; /" CORDON_FOLDER "/%s keeps it from being used",
                                      ADDRESS(p->device->address), ADDRESS(head));
        }
        return 0;
}
