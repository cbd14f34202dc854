// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"

/* What would go wrong only when a VM starts, or when it ends. */

static const PciDevice *function_of(const GpuPlan *g, size_t i)
{
        return i == 0 ? g->device : g->companions[i - 1];
}

static void report_dead(Builder *b, const GpuPlan *g)
{
        for (size_t i = 0; i <= g->n_companions; i++) {
                const PciDevice *d = function_of(g, i);
                Finding *f;

                if (!d->dead)
                        continue;
                f = finding_add(&b->plan->findings, FINDING_DEVICE_DEAD, ADDRESS(d->address),
                                "%s does not answer: the config space of %s reads all ones%s%s",
                                LABEL(g), ADDRESS(d->address),
                                d->power_state ? ", and its power state is " : "",
                                d->power_state ? d->power_state : "");
                finding_at(f, gpu_origin(g));
                if (streq_ptr(d->power_state, "D3cold"))
                        finding_fix(f, "power the host off and on, and set d3cold: false in the "
                                       "gpus: entry, so that it need not come back from there");
        }
}

static void report_framebuffer(Builder *b, const GpuPlan *g)
{
        const PciDevice *d = g->device;
        Finding *f;

        /* vfio-pci turns it out of a VGA controller when it gets one. */
        if (!d->framebuffer ||
            (d->class == PCI_CLASS_VGA && !(d->driver && driver_is_vfio(d->driver))))
                return;
        f = finding_add(&b->plan->findings, FINDING_FRAMEBUFFER, ADDRESS(d->address),
                        "the boot console's framebuffer (%s) holds memory of %s: a VM that has it "
                        "cannot map that",
                        d->framebuffer, LABEL(g));
        finding_at(f, gpu_origin(g));
        if (streq(d->framebuffer, "efifb") || streq(d->framebuffer, "vesafb"))
                finding_fix(f,
                            "add video=%s:off to kernel_arguments: {extra: []} in host.d, then "
                            "gpuhost apply and reboot",
                            d->framebuffer);
}

/* Methods that reset one function alone. What is left, bus and cxl_bus, resets all that is behind a
 * bridge: the list is made before the kernel knows of siblings, so that "bus" stands there and fails. */
static bool resets_alone(const char *methods)
{
        static const char *const alone[] = { "device_specific", "acpi", "flr", "af_flr", "pm" };

        for (size_t i = 0; i < ARRAY_SIZE(alone); i++)
                for (const char *p = methods; (p = strstr(p, alone[i])); p++) {
                        char before = p == methods ? ' ' : p[-1], after = p[strlen(alone[i])];

                        if (before == ' ' && (after == ' ' || !after))
                                return true;
                }
        return false;
}

static bool same_bus(PciAddress a, PciAddress b)
{
        return a.domain == b.domain && a.bus == b.bus;
}

static void report_reset(Builder *b, const GpuPlan *g)
{
        const char *methods = g->device->reset_methods;
        _cleanup_str_buf_ StrBuf with = {};
        const PciDevice *stranger = NULL;
        size_t n = 0;
        Finding *f;

        if (!methods || !*methods || resets_alone(methods))
                return;
        for (size_t i = 0; i < b->machine->n_devices; i++) {
                const PciDevice *d = b->machine->devices + i;

                if (d == g->device || d->is_vf || !same_bus(d->address, g->device->address))
                        continue;
                str_buf_printf(&with, "%s%s", n++ ? ", " : "", ADDRESS(d->address));
                if (!gpu_owns(g, d))
                        stranger = d;
        }
        if (with.failed)
                b->plan->findings.failed = true;
        if (n == 0)
                return;
        f = finding_add(&b->plan->findings, FINDING_RESET_SHARED, ADDRESS(g->device->address),
                        "%s is reset only together with %s: the kernel lists '%s' for it, and "
                        "refuses to do that to one function",
                        LABEL(g), str_buf_get(&with), methods);
        finding_at(f, gpu_origin(g));
        if (!f || !stranger)
                return;
        f->severity = SEVERITY_WARNING;
        finding_fix(f,
                    "%s stays with the host, so expect to reboot between two users of the GPU, "
                    "or move one of them to another slot",
                    ADDRESS(stranger->address));
}

static void report_sleep(Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++)
                if (b->machine->can_sleep && gpu_goes(b->plan->gpus + i)) {
                        (void)finding_add(
                                &b->plan->findings, FINDING_HOST_CAN_SLEEP, "host",
                                "this host can suspend, and a GPU that a VM has then does "
                                "not come back in the state that the VM left it in");
                        return;
                }
}

void preflight_report(Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                const GpuPlan *g = b->plan->gpus + i;

                if (g->role == ROLE_HOST || g->guard != GUARD_FREE)
                        continue;
                report_dead(b, g);
                if (!role_leaves(g->role))
                        continue;
                report_framebuffer(b, g);
                report_reset(b, g);
        }
        report_sleep(b);
}
