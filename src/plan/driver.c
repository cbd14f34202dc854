// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"

/* Whether an installed kernel has the driver. An unknown one is believed to: a device that has it now
 * proves it, and host/ looks for all that the configuration names. */
static bool kernel_has(const Kernel *k, const char *driver)
{
        if (streq(driver, "vfio-pci"))
                return k->modules[MOD_VFIO_PCI] != MODULE_MISSING;
        return !str_list_contains(&k->missing, driver);
}

static bool first_with_driver(const Plan *plan, const GpuPlan *g)
{
        for (const GpuPlan *p = plan->gpus; p < g; p++)
                if (gpu_goes(p) && streq(p->driver, g->driver))
                        return false;
        return true;
}

static void add_users(const Plan *plan, const GpuPlan *first, StrBuf *s)
{
        size_t n = 0, k = 0;

        for (const GpuPlan *g = first; g < plan->gpus + plan->n_gpus; g++)
                n += gpu_goes(g) && streq(g->driver, first->driver);
        for (const GpuPlan *g = first; g < plan->gpus + plan->n_gpus; g++)
                if (gpu_goes(g) && streq(g->driver, first->driver))
                        words_add(s, LABEL(g), k++, n);
}

static Finding *report_missing(Builder *b, const GpuPlan *first, const Kernel *k)
{
        _cleanup_str_buf_ StrBuf who = {};
        Finding *f;

        add_users(b->plan, first, &who);
        f = finding_add(&b->plan->findings, FINDING_DRIVER_MISSING, ADDRESS(first->device->address),
                        "kernel %s has no driver %s, which is declared for %s", k->version,
                        first->driver, str_buf_get(&who));
        finding_at(f, gpu_origin(first));
        if (f && !k->running)
                f->severity = SEVERITY_WARNING;
        if (who.failed)
                b->plan->findings.failed = true;
        return f;
}

/* The kernel that runs can't bind: refused, which comes last, since it ends the list of users. Another
 * kernel may never be booted: said. */
static void check_driver(Builder *b, GpuPlan *first)
{
        const char *driver = first->driver;
        const Kernel *running = NULL;
        const Finding *f;

        for (size_t i = 0; i < b->machine->n_kernels; i++) {
                const Kernel *k = b->machine->kernels + i;

                if (kernel_has(k, driver))
                        continue;
                if (k->running)
                        running = k;
                else
                        (void)report_missing(b, first, k);
        }
        if (!running)
                return;
        f = report_missing(b, first, running);
        for (GpuPlan *g = first; g < b->plan->gpus + b->plan->n_gpus; g++)
                if (gpu_goes(g) && streq(g->driver, driver))
                        refuse_gpu(g, f);
}

void driver_check(Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                GpuPlan *g = b->plan->gpus + i;

                if (gpu_goes(g) && first_with_driver(b->plan, g))
                        check_driver(b, g);
        }
}
