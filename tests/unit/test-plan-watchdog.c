// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

#define START                                                                                      \
        "boot-watchdog host boot: count boots that do not come up, in /boot/grub/grubenv; after "  \
        "3 in a row start with gpuhost=off\n"
#define BIND "bind 0000:0c:00.0 reboot: bind to vfio-pci\n"
#define STOP "boot-watchdog host boot: count boots no longer\n"

static World *world_with(GpuRole role)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0")->driver = (char *)"nvidia";
        world_entry(w, role, "big", "0000:0c:00.0");
        return w;
}

/* By what is installed and how far the count is. */
static void started_where_it_does_not_count(void **state)
{
        static const struct {
                bool installed, others;
                int left;
                const char *steps;
        } rows[] = {
                { false, false, BOOT_UNCOUNTED, START BIND },
                { false, false, BOOT_TRIES,     START BIND },
                { true,  false, BOOT_TRIES,     BIND       },
                { true,  false, 1,              BIND       },
                { true,  false, 0,              START BIND },
                { true,  false, BOOT_UNCOUNTED, START BIND },
                { true,  true,  BOOT_UNCOUNTED, BIND       }, /* another system's boots are none */
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_world_ World *w = world_with(ROLE_PASSTHROUGH);
                BootLoader *loader = &w->machine.boot_loader;

                print_message("# row %zu\n", i);
                loader->watchdog.installed = rows[i].installed;
                loader->watchdog.left = rows[i].left;
                loader->other_systems = rows[i].others;
                assert_steps(w, rows[i].steps);
                assert_true(w->plan.boot_watched);
        }
}

static void stopped_where_nothing_leaves(void **state)
{
        _cleanup_world_ World *w = world_with(ROLE_HOST);

        assert_steps(w, "");
        w->machine.boot_loader.watchdog.left = 2; /* a removal was cut short */
        w->changed = true;
        assert_steps(w, STOP);
        assert_false(w->plan.boot_watched);
}

static void nobody_can(void **state)
{
        _cleanup_world_ World *w = world_with(ROLE_PASSTHROUGH);

        w->machine.boot_loader.watchdog.kind = BOOT_WATCHDOG_NONE;
        w->machine.boot_loader.watchdog.lack = "there is no boot/grub/grubenv";
        assert_steps(w, BIND);
        assert_message(w, FINDING_WATCHDOG_NONE,
                       "nobody counts boots that do not come up: there is no boot/grub/grubenv; so "
                       "this host cannot disarm itself, and nothing is bound in its initramfs");
        assert_false(w->plan.boot_watched);
}

static void not_managed(void **state)
{
        _cleanup_world_ World *w = world_with(ROLE_PASSTHROUGH);

        w->config.host.kernel_arguments.manage = false;
        assert_steps(w, BIND);
        assert_int_equal(world_n_findings(w, FINDING_WATCHDOG_NONE), 1);
        w->machine.boot_loader.watchdog.kind =
                BOOT_WATCHDOG_EFI; /* which no loader has a part in */
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_WATCHDOG_NONE), 0);
        assert_int_equal(w->plan.n_steps, 2);
}

static void not_counted(void **state)
{
        _cleanup_world_ World *w = world_with(ROLE_PASSTHROUGH);

        w->machine.boot_loader.watchdog.inactive = true;
        assert_int_equal(world_n_findings(w, FINDING_WATCHDOG_INACTIVE), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(started_where_it_does_not_count),
                cmocka_unit_test(stopped_where_nothing_leaves),
                cmocka_unit_test(nobody_can),
                cmocka_unit_test(not_managed),
                cmocka_unit_test(not_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
