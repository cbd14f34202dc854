// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"

/*
 * What has to be done, in the order in which it is done. A function that a native driver has is bound by
 * the next boot, and its whole slot with it, unless it is known that nobody uses it: a driver that does
 * not let go blocks for ever. What no driver has is bound now.
 */

int step_add(Builder *b, Step step)
{
        Plan *plan = b->plan;

        if (!step.target || !step.action || !step.reason || !GROW(plan->steps, plan->n_steps)) {
                free(step.target);
                free(step.action);
                free(step.reason);
                return -ENOMEM;
        }
        plan->steps[plan->n_steps++] = step;
        return 0;
}

char *step_target(PciAddress a)
{
        return strdup(pci_address_format(a, (char[PCI_ADDRESS_MAX]){}));
}

/* The i-th function of the slot: the display function, then those that go along. */
static const PciDevice *function_of(const GpuPlan *g, size_t i)
{
        return i == 0 ? g->device : g->companions[i - 1];
}

/* A variant driver is for the display function alone. */
static const char *wanted_driver(const GpuPlan *g, size_t i)
{
        return i == 0 ? g->driver : "vfio-pci";
}

static StepWhen when_to_bind(const Builder *b, const GpuPlan *g)
{
        if (b->mode == PLAN_BOOT)
                return STEP_NOW;
        if (b->machine->iommu.kind == IOMMU_NONE || g->claimed_by ||
            !machine_translates(b->machine, g->device))
                return STEP_REBOOT;
        for (size_t i = 0; i <= g->n_companions; i++) {
                const char *driver = function_of(g, i)->driver;

                if (driver && !driver_is_vfio(driver) && function_of(g, i)->use != DEVICE_USE_NONE)
                        return STEP_REBOOT;
        }
        return STEP_NOW;
}

static char *bind_reason(const Builder *b, const GpuPlan *g, size_t i)
{
        const char *driver = function_of(g, i)->driver, *user = function_of(g, i)->used_by;
        char address[PCI_ADDRESS_MAX];
        _cleanup_str_buf_ StrBuf s = {};

        if (i == 0)
                str_buf_printf(&s, "declared as %s", enum_to_string(&gpu_role_table, g->role));
        else
                str_buf_printf(&s, "goes along with %s",
                               pci_address_format(g->device->address, address));
        if (driver && b->mode == PLAN_RUNTIME)
                str_buf_printf(&s, "; its driver is %s", driver);
        if (driver && function_of(g, i)->use == DEVICE_USE_NONE)
                str_buf_add(&s, ", and nobody uses it");
        if (user)
                str_buf_printf(&s, ", and %s", user);
        return str_buf_take(&s);
}

static int plan_bind(Builder *b, const GpuPlan *g, StepWhen when)
{
        if (g->role != ROLE_PASSTHROUGH || g->guard != GUARD_FREE || when_to_bind(b, g) != when)
                return 0;
        for (size_t i = 0; i <= g->n_companions; i++) {
                const PciDevice *d = function_of(g, i);
                int r;

                if (b->mode == PLAN_RUNTIME && streq_ptr(d->driver, wanted_driver(g, i)))
                        continue;
                r = step_add(b, (Step){
                                        .code = STEP_BIND,
                                        .when = when,
                                        .target = step_target(d->address),
                                        .driver = wanted_driver(g, i),
                                        .action = format_string("bind to %s", wanted_driver(g, i)),
                                        .reason = bind_reason(b, g, i),
                                        .origin = gpu_origin(g),
                                });
                if (r < 0)
                        return r;
        }
        return 0;
}

/* A function that stays with the host by declaration, and that we or our like took. What another tool
 * bound without an override is another tool's. */
static bool to_be_returned(const GpuPlan *g, const PciDevice *d)
{
        if (d->driver && !driver_is_vfio(d->driver))
                return false;
        if (g->role == ROLE_ON_DEMAND && d->driver)
                return true;
        return d->driver_override && driver_is_vfio(d->driver_override);
}

static int plan_return(Builder *b, const GpuPlan *g, StepWhen when)
{
        if (!g->entry || g->role == ROLE_PASSTHROUGH || g->guard != GUARD_FREE ||
            (g->role == ROLE_ON_DEMAND && g->claimed_by) ||
            when != (g->claimed_by ? STEP_REBOOT : STEP_NOW))
                return 0;
        for (size_t i = 0; i <= g->n_companions; i++) {
                const PciDevice *d = function_of(g, i);
                int r;

                if (!to_be_returned(g, d))
                        continue;
                r = step_add(
                        b, (Step){
                                   .code = STEP_RELEASE,
                                   .when = when,
                                   .target = step_target(d->address),
                                   .action = strdup("return to its native driver"),
                                   .reason = format_string("declared as %s; its driver is %s",
                                                           enum_to_string(&gpu_role_table, g->role),
                                                           d->driver ? d->driver : "none"),
                                   .origin = gpu_origin(g),
                           });
                if (r < 0)
                        return r;
        }
        return 0;
}

static int for_all_gpus(Builder *b, int (*plan)(Builder *, const GpuPlan *, StepWhen),
                        StepWhen when)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                int r = plan(b, b->plan->gpus + i, when);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int plan_runtime(Builder *b)
{
        int r;

        if ((r = steps_plan_hugepages(b)) < 0 || (r = for_all_gpus(b, plan_return, STEP_NOW)) < 0 ||
            (r = for_all_gpus(b, steps_plan_d3cold, STEP_NOW)) < 0 ||
            (r = for_all_gpus(b, plan_bind, STEP_NOW)) < 0 ||
            (r = for_all_gpus(b, steps_plan_vfs, STEP_NOW)) < 0 || (r = watchdog_steps(b)) < 0 ||
            (r = initramfs_plan(b)) < 0 || (r = arguments_steps(b)) < 0 ||
            (r = for_all_gpus(b, plan_return, STEP_REBOOT)) < 0 ||
            (r = for_all_gpus(b, plan_bind, STEP_REBOOT)) < 0)
                return r;
        return for_all_gpus(b, steps_plan_vfs, STEP_REBOOT);
}

/* What the next boot reads follows the files all the same: it is what puts a host right that could not
 * boot as it was declared. */
static int plan_disarmed(Builder *b)
{
        int r = initramfs_plan(b);

        return r < 0 ? r : arguments_steps(b);
}

/* Nothing new happens with an error in host.d, and nothing on the running machine while it is off. */
int steps_plan(Builder *b)
{
        if (!b->config->host_valid)
                return 0;
        if (b->machine->disarmed)
                return b->mode == PLAN_BOOT ? 0 : plan_disarmed(b);
        return b->mode == PLAN_BOOT ? for_all_gpus(b, plan_bind, STEP_NOW) : plan_runtime(b);
}
