// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/in-use.h"

#include "device/holder.h"
#include "device/persistence.h"
#include "device/stuck.h"

enum { FUNCTIONS = 8 };

static PciDevice *find_device(Machine *m, const PciDevice *device)
{
        return m->devices + (device - m->devices);
}

/* Functions of its slot that have a driver. */
static size_t collect(const GpuPlan *g, Machine *m, PciDevice *devices[static FUNCTIONS])
{
        size_t n = 0;

        for (size_t i = 0; i <= g->n_companions && n < FUNCTIONS; i++) {
                PciDevice *d = find_device(m, i == 0 ? g->device : g->companions[i - 1]);

                if (d->driver)
                        devices[n++] = d;
        }
        return n;
}

static char *join(const HolderList *holders)
{
        _cleanup_str_buf_ StrBuf s = {};

        for (size_t i = 0; i < holders->n; i++) {
                str_buf_add(&s, i > 0 ? ", " : "");
                holder_format(holders->items + i, &s);
        }
        return str_buf_take(&s);
}

/* Who lets go when asked. */
static void forget_services(HolderList *holders)
{
        size_t n = 0;

        for (size_t i = 0; i < holders->n; i++)
                if (streq_ptr(holders->items[i].command, PERSISTENCE_DAEMON))
                        holder_done(holders->items + i);
                else
                        holders->items[n++] = holders->items[i];
        holders->n = n;
}

static int read_slot(Root *root, PciDevice *devices[], size_t n)
{
        _cleanup_holders_ HolderList holders = {};
        PciAddress functions[FUNCTIONS];
        int r;

        for (size_t i = 0; i < n; i++) {
                if (stuck_is_marked(root, devices[i]->address))
                        return 0; /* it is with its driver until the next boot */
                functions[i] = devices[i]->address;
        }
        r = holders_find(root, functions, n, &holders);
        if (r < 0)
                return r;
        forget_services(&holders);
        if (holders.n == 0 && holders.incomplete)
                return 0;
        for (size_t i = 0; i < n; i++)
                devices[i]->use = holders.n > 0 ? DEVICE_USE_HELD : DEVICE_USE_NONE;
        if (holders.n == 0)
                return 0;
        devices[0]->used_by = join(&holders);
        return devices[0]->used_by ? 0 : -ENOMEM;
}

static const GpuPlan *waits(const Plan *plan, const Step *step)
{
        PciAddress address;
        const GpuPlan *g;

        if (step->code != STEP_BIND || step->when != STEP_REBOOT ||
            pci_address_parse(step->target, &address) < 0)
                return NULL;
        g = plan_find_gpu(plan, address);
        return g && !g->claimed_by ? g : NULL;
}

int in_use_read(Root *root, const Plan *plan, Machine *machine, bool *ret_any)
{
        bool any = false;

        for (size_t i = 0; i < plan->n_steps; i++) {
                const GpuPlan *g = waits(plan, plan->steps + i);
                PciDevice *devices[FUNCTIONS];
                size_t n = g ? collect(g, machine, devices) : 0;
                int r = n > 0 ? read_slot(root, devices, n) : 0;

                if (r < 0)
                        return r;
                any |= n > 0;
        }
        *ret_any = any;
        return 0;
}
