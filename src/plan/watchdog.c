// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"
#include "plan/words.h"

/*
 * Boots that do not come up are counted wherever a boot does something because of us: a card that its
 * driver never sees, an argument. After so many of them the host starts without any of it.
 */

static const GpuPlan *first_that_goes_at_boot(const Builder *b)
{
        for (size_t i = 0; i < b->plan->n_gpus; i++)
                if (b->plan->gpus[i].role == ROLE_PASSTHROUGH && gpu_goes(b->plan->gpus + i))
                        return b->plan->gpus + i;
        return NULL;
}

/* With manage: false nothing is written for the boot loader, so that it can't count either. */
static const char *why_nobody_counts(const Builder *b)
{
        const BootWatchdog *w = &b->machine->boot_loader.watchdog;

        if (w->kind == BOOT_WATCHDOG_GRUBENV && !b->config->host.kernel_arguments.manage)
                return "kernel_arguments: {manage: false} is declared";
        if (w->kind != BOOT_WATCHDOG_NONE)
                return NULL;
        return w->lack ? w->lack : "the boot loader cannot count";
}

int watchdog_plan(Builder *b)
{
        const BootLoader *loader = &b->machine->boot_loader;
        FindingList *findings = &b->plan->findings;
        const char *why = why_nobody_counts(b);

        if (b->mode == PLAN_BOOT || !b->config->host_valid)
                return 0;
        if (!first_that_goes_at_boot(b) && b->plan->kernel_arguments.intended.n == 0)
                return 0;
        b->plan->boot_watched = !why;
        if (why)
                (void)finding_add(findings, FINDING_WATCHDOG_NONE, "host",
                                  "nobody counts boots that do not come up: %s; so this host "
                                  "cannot disarm itself, and nothing is bound in its initramfs",
                                  why);
        else if (loader->watchdog.inactive)
                (void)finding_add(findings, FINDING_WATCHDOG_INACTIVE, "host",
                                  "this boot was to be counted by the boot loader, and was not");
        return findings->failed ? -ENOMEM : 0;
}

static char *start_action(const BootWatchdog *w)
{
        return format_string("count boots that do not come up, in %s; after %d in a row start "
                             "with gpuhost=off",
                             w->kind == BOOT_WATCHDOG_GRUBENV ? "/boot/grub/grubenv"
                                                              : "a variable of the firmware",
                             BOOT_TRIES);
}

static int add_start(Builder *b)
{
        const GpuPlan *g = first_that_goes_at_boot(b);

        return step_add(b,
                        (Step){
                                .code = STEP_BOOT_WATCHDOG,
                                .when = STEP_BOOT,
                                .target = strdup("host"),
                                .action = start_action(&b->machine->boot_loader.watchdog),
                                .reason = g ? format_string("%s leaves the host at boot", LABEL(g))
                                            : strdup("kernel arguments are declared"),
                                .origin = g ? gpu_origin(g) : b->arguments_origin,
                        });
}

/* Where the menu starts other systems too, a count that stands still is as it should be. */
static bool counts(const BootLoader *loader)
{
        const BootWatchdog *w = &loader->watchdog;

        return w->installed &&
               (w->left > 0 || (w->left == BOOT_UNCOUNTED && loader->other_systems));
}

int watchdog_steps(Builder *b)
{
        const BootLoader *loader = &b->machine->boot_loader;
        bool ours = loader->watchdog.installed || loader->watchdog.left != BOOT_UNCOUNTED;

        if (b->plan->boot_watched)
                return counts(loader) ? 0 : add_start(b);
        if (!ours)
                return 0;
        return step_add(b, (Step){
                                   .code = STEP_BOOT_WATCHDOG,
                                   .when = STEP_BOOT,
                                   .target = strdup("host"),
                                   .action = strdup("count boots no longer"),
                                   .reason = strdup("nothing leaves the host at boot any more"),
                           });
}
