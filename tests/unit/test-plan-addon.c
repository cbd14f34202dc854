// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

#define COMMAND                                                                                     \
        "mkdir -p /efi/loader/addons && ukify build --output=/efi/loader/addons/gpuhost.addon.efi " \
        "--cmdline=\"a=1 b=2\""
#define PARTITION "/dev/disk/by-partuuid/4c1f7f0a-0001-4a00-8000-0123456789ab"

static char *wanted[] = { (char *)"a=1", (char *)"b=2" };

/* Booted by a unified kernel image, and two arguments wanted. */
static World *world_of(AddonLack lack)
{
        World *w = world_watched(world_new());
        BootLoader *loader = &w->machine.boot_loader;

        world_console(w);
        w->config.host.kernel_arguments.extra = (TextList){ .items = wanted, .n = 2 };
        loader->kind = BOOT_LOADER_UKI;
        loader->configured_known = lack != ADDON_LACKS_PARTITION;
        loader->esp = lack == ADDON_LACKS_PARTITION ? NULL : (char *)"efi";
        loader->addon_lack = lack;
        return w;
}

static const Step *arguments_step(World *w)
{
        const Plan *plan = world_plan(w, PLAN_RUNTIME);

        for (size_t i = 0; i < plan->n_steps; i++)
                if (plan->steps[i].code == STEP_KERNEL_ARGUMENTS)
                        return plan->steps + i;
        return NULL;
}

static void written(void **state)
{
        _cleanup_world_ World *w = world_of(ADDON_LACKS_NOTHING);

        assert_string_equal(arguments_step(w)->action,
                            "add a=1 b=2 to the kernel arguments of the unified kernel image");
        assert_int_equal(world_n_findings(w, FINDING_NO_ADDON), 0);
        w->machine.boot_loader.configured = (StrList){ .items = wanted, .n = 2 };
        w->changed = true;
        assert_null(arguments_step(w));
        assert_int_equal(world_n_findings(w, FINDING_ARGUMENTS_PENDING), 1);
        w->config.host.kernel_arguments.extra.n = 1;
        w->changed = true;
        assert_string_equal(arguments_step(w)->action,
                            "remove b=2 from the kernel arguments of the unified kernel image");
}

/* What is to be typed is said by the step and by the finding, and they are at one. */
static void what_lacks(void **state)
{
        static const struct {
                AddonLack lack;
                const char *why, *how;
        } rows[] = {
                { ADDON_LACKS_READER,
                 "needed, but the stub in the unified kernel image is older than systemd 254 and "
                  "reads no addons: a=1 b=2",                                                          "add to the command line of which the image is made (/etc/kernel/cmdline), and make "
                  "the image again: a=1 b=2"                                                                                           },
                { ADDON_LACKS_PARTITION,
                 "needed, but the partition from which the unified kernel image came is not mounted "
                  "on /efi, /boot/efi or /boot: a=1 b=2",                                              "mount " PARTITION " /boot/efi, then gpuhost apply"                          },
                { ADDON_LACKS_TOOL,
                 "needed, but ukify, which makes addons for unified kernel images, is not "
                  "installed: a=1 b=2",                                                                "apt install systemd-ukify, then gpuhost apply"                              },
                { ADDON_LACKS_STUB,      "needed, but ukify has nothing to make an addon of: a=1 b=2",
                 "apt install systemd-boot-efi, then gpuhost apply"                                                                                                                 },
                { ADDON_LACKS_KEY,
                 "needed, but Secure Boot passes over an addon that is not signed, and "
                  "/etc/systemd/ukify.conf names no key: a=1 b=2",                                     COMMAND " --secureboot-private-key=KEY --secureboot-certificate=CERTIFICATE" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_world_ World *w = world_of(rows[i].lack);

                print_message("# row %zu\n", i);
                w->machine.boot_loader.partition = (char *)PARTITION;
                assert_message(w, FINDING_NO_ADDON, rows[i].why);
                assert_string_equal(world_finding(w, FINDING_NO_ADDON, 0)->fix, rows[i].how);
                assert_string_equal(arguments_step(w)->action, rows[i].how);
        }
}

static void a_partition_of_which_nothing_is_known(void **state)
{
        _cleanup_world_ World *w = world_of(ADDON_LACKS_PARTITION);

        assert_string_equal(arguments_step(w)->action, "mount it on /boot/efi, then gpuhost apply");

        /* What runs is believed to be there. */
        world_argument(w, "a=1");
        world_argument(w, "b=2");
        assert_null(arguments_step(w));
        assert_int_equal(world_n_findings(w, FINDING_NO_ADDON), 0);
}

/* What was signed by hand, or stands in the image itself, is as good; and it can go without ukify. */
static void with_and_without(void **state)
{
        _cleanup_world_ World *w = world_of(ADDON_LACKS_KEY);
        BootLoader *loader = &w->machine.boot_loader;

        loader->configured = (StrList){ .items = wanted, .n = 2 };
        loader->written = (StrList){ .items = wanted, .n = 2 };
        assert_null(arguments_step(w));
        assert_int_equal(world_n_findings(w, FINDING_NO_ADDON), 0);
        w->config.host.kernel_arguments.extra.n = 0;
        w->changed = true;
        assert_string_equal(arguments_step(w)->action, "remove a=1 b=2 from the kernel arguments "
                                                       "of the unified kernel image");
}

static void by_hand(void **state)
{
        _cleanup_world_ World *w = world_of(ADDON_LACKS_NOTHING);

        w->config.host.kernel_arguments.manage = false;
        assert_string_equal(world_finding(w, FINDING_ARGUMENTS_UNMANAGED, 0)->fix, COMMAND);
        assert_null(arguments_step(w));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(written),
                cmocka_unit_test(what_lacks),
                cmocka_unit_test(a_partition_of_which_nothing_is_known),
                cmocka_unit_test(with_and_without),
                cmocka_unit_test(by_hand),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
