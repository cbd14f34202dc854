// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"

/* What must hold before one GPU may leave the host. All that is wrong with it is said at once; the
 * first is what it is refused for. */

static void guard_identity(Builder *b, GpuPlan *g)
{
        const char *suspect = b->work[gpu_index(b->plan, g)].suspect;

        if (!suspect || g->guard == GUARD_REFUSED)
                return;
        g->guard = GUARD_REFUSED;
        g->refused_for = FINDING_ID_MISMATCH;
        g->refusal = suspect;
}

static void guard_allowlist(Builder *b, GpuPlan *g)
{
        PciId id = g->device->id;
        Finding *f;

        if (allow_host(b, id))
                return;
        f = finding_add(&b->plan->findings, FINDING_NOT_ALLOWED, ADDRESS(g->device->address),
                        "%s is declared as %s, but the allowlist does not let %s leave the host",
                        LABEL(g), enum_to_string(&gpu_role_table, g->role), ID(id));
        finding_fix(f, "if it may, add \"%s\" to allowlist in host.d", ID(id));
        finding_at(f, gpu_origin(g));
        refuse_gpu(g, f);
}

static void guard_function(Builder *b, GpuPlan *g, const PciDevice *d)
{
        const Protection *protection = machine_find_protection(b->machine, d->address);
        Finding *f;

        if (!protection)
                return;
        if (d == g->device)
                f = finding_add(&b->plan->findings, FINDING_PROTECTED, ADDRESS(g->device->address),
                                "%s %s", LABEL(g), protection->why);
        else
                f = finding_add(&b->plan->findings, FINDING_PROTECTED, ADDRESS(g->device->address),
                                "the %s %s, which goes along with %s, %s",
                                pci_class_words(d->class), ADDRESS(d->address), LABEL(g),
                                protection->why);
        finding_at(f, gpu_origin(g));
        refuse_gpu(g, f);
}

static void guard_console(Builder *b, GpuPlan *g)
{
        Finding *f;

        if (!(g->device->boot_vga || g->device->boot_display) || g->entry->allow_console)
                return;
        f = finding_add(&b->plan->findings, FINDING_CONSOLE, ADDRESS(g->device->address),
                        "%s drives the boot console, and its entry does not say "
                        "allow_console: true",
                        LABEL(g));
        finding_at(f, gpu_origin(g));
        refuse_gpu(g, f);
}

/* "" is a kernel that knows no method; NULL one too old to tell. */
static void warn_of_reset(Builder *b, const GpuPlan *g)
{
        if (streq_ptr(g->device->reset_methods, ""))
                finding_at(finding_add(&b->plan->findings, FINDING_NO_RESET,
                                       ADDRESS(g->device->address),
                                       "the kernel knows no way to reset %s between two VMs",
                                       LABEL(g)),
                           gpu_origin(g));
}

static void warn_of_trouble(Builder *b, const GpuPlan *g)
{
        if (g->device->trouble)
                finding_at(finding_add(&b->plan->findings, FINDING_DEVICE_UNREADABLE,
                                       ADDRESS(g->device->address), "%s: %s", LABEL(g),
                                       g->device->trouble),
                           gpu_origin(g));
}

void guard_gpus(Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                GpuPlan *g = b->plan->gpus + i;

                warn_of_trouble(b, g);
                if (g->role == ROLE_HOST)
                        continue;
                guard_identity(b, g);
                guard_allowlist(b, g);
                if (!role_leaves(g->role))
                        continue;
                guard_function(b, g, g->device);
                for (size_t k = 0; k < g->n_companions; k++)
                        guard_function(b, g, g->companions[k]);
                guard_console(b, g);
                warn_of_reset(b, g);
        }
}

/* What may show something to a person in front of the machine. 3D controllers and accelerators have no
 * outputs, nor have most "other" display controllers. */
static bool is_display(const PciDevice *d)
{
        return d->class == PCI_CLASS_VGA || d->boot_vga || d->boot_display || d->n_connected > 0;
}

/* If all displays were to leave, one of those that may not be the last is kept: the first, since that
 * is where firmware looks first. */
void guard_last_display(Builder *b)
{
        GpuPlan *keep = NULL;
        Finding *f;

        for (size_t i = 0; i < b->plan->n_gpus; i++) {
                GpuPlan *g = b->plan->gpus + i;

                if (!is_display(g->device))
                        continue;
                if (!gpu_goes(g))
                        return;
                if (!keep && !g->entry->allow_console)
                        keep = g;
        }
        if (!keep)
                return;
        f = finding_add(&b->plan->findings, FINDING_LAST_DISPLAY, ADDRESS(keep->device->address),
                        "with %s the last display would leave the host, and its entry does not "
                        "say allow_console: true",
                        LABEL(keep));
        finding_at(f, gpu_origin(keep));
        refuse_gpu(keep, f);
}
