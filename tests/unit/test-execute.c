// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/execute.h"

#include "journal-host.h"

static void apply_and_revert(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *before = look(h), *protected = NULL;

        assert_int_equal(act(h, apply, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        assert_string_equal(fake_driver(h->k, AUDIO), "vfio-pci");
        protected = fake_text(h->k, "var/lib/gpuhost/protected");
        assert_string_equal(protected, "0000:02:00.0 holds / (nvme0n1p2)\n");
        assert_int_equal(h->commands.n, 1);
        assert_int_equal(act(h, revert, NULL), 0);
        assert_looks(h, before, "apply and revert", 0);
        assert_journal_gone(h);
        assert_int_equal(h->commands.n, 2);
        assert_int_equal(act(h, revert, NULL), 0); /* nothing to do */
        assert_int_equal(h->commands.n, 2);
        assert_journal_gone(h);
}

static void apply_twice_is_once(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *before = look(h), *after = NULL;

        assert_int_equal(act(h, apply, NULL), 0);
        after = look(h);
        assert_int_equal(act(h, apply, NULL), 0);
        assert_looks(h, after, "apply again", 0);
        assert_int_equal(h->commands.n, 1);
        assert_int_equal(act(h, revert, NULL), 0);
        assert_looks(h, before, "revert", 0);
}

static void nvidia_host(Host *h)
{
        fake_function(h->k, GPU, "nvidia", "nvidia");
        fake_put(h->k, "proc/driver/nvidia/gpus/" GPU "/information", "Device Minor: \t 0\n");
        fake_put(h->k, "run/nvidia-persistenced/socket", "");
        fake_put(h->k, "usr/bin/nvidia-smi", "");
        fake_put(h->k, "proc/900/comm", "nvidia-persiste\n");
        fake_link(h->k, "proc/900/fd/3", "/dev/nvidia0");
}

static void persistence_daemon_is_asked(void **state)
{
        Host *h = *state;

        nvidia_host(h);
        assert_int_equal(act(h, apply, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        assert_string_equal(h->commands.items[0], "0");
        assert_int_equal(act(h, revert, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "nvidia");
        assert_true(str_list_contains(&h->commands, "1")); /* given back with the card */
        assert_journal_gone(h);
}

static int take(Executor *e)
{
        _cleanup_slots_ SlotList slots = {};

        assert_int_equal(slots_from_plan(e->plan, STEP_BIND, STEP_NOW, NULL, &slots), 0);
        return execute_bind(e, slots.items);
}

static int release(Executor *e)
{
        _cleanup_slots_ SlotList slots = {};
        int r = slots_from_plan(e->plan, STEP_BIND, STEP_NOW, NULL, &slots);

        for (size_t i = 0; r >= 0 && i < slots.items[0].n; i++)
                slots.items[0].functions[i].driver = NULL;
        if (r >= 0)
                r = execute_return(e, slots.items);
        if (r >= 0)
                r = execute_commands(e);
        return r < 0 ? r : journal_finish(e->journal);
}

static void take_and_release(void **state)
{
        Host *h = *state;

        nvidia_host(h);
        assert_int_equal(act(h, take, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        assert_string_equal(fake_driver(h->k, AUDIO), "vfio-pci");
        assert_int_equal(act(h, release, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "nvidia");
        assert_int_equal(h->commands.n, 2);
        assert_string_equal(h->commands.items[1], "1");
        assert_journal_gone(h);
}

static void persistence_is_given_back_where_the_card_stays(void **state)
{
        Host *h = *state;

        nvidia_host(h);
        fake_put(h->k, "proc/812/comm", "python3\n");
        fake_link(h->k, "proc/812/fd/5", "/dev/nvidia0");
        assert_int_equal(act(h, apply, NULL), 1);
        assert_string_equal(fake_driver(h->k, GPU), "nvidia");
        assert_string_equal(h->commands.items[0], "0");
        assert_string_equal(h->commands.items[1], "1");
        assert_true(root_exists(h->k->root, "proc/900/fd"));
}

static void held_card_is_named_and_left(void **state)
{
        Host *h = *state;
        _cleanup_outcomes_ OutcomeList outcomes = {};

        fake_put(h->k, "sys/bus/pci/devices/" GPU "/drm/card0/dev", "226:0\n");
        fake_put(h->k, "sys/bus/pci/devices/" GPU "/drm/card0/uevent", "DEVNAME=dri/card0\n");
        fake_put(h->k, "proc/812/comm", "Xorg\n");
        fake_put(h->k, "proc/812/cgroup", "0::/system.slice/gdm.service\n");
        fake_link(h->k, "proc/812/fd/3", "/dev/dri/card0");
        assert_int_equal(act(h, apply, &outcomes), 1);
        assert_string_equal(fake_driver(h->k, GPU), "nouveau");
        for (size_t i = 0; i < outcomes.n; i++)
                if (outcomes.items[i].kind == OUTCOME_HELD) {
                        assert_string_equal(outcomes.items[i].target, GPU);
                        assert_string_equal(outcomes.items[i].detail,
                                            "Xorg (pid 812, gdm.service) holds /dev/dri/card0\n");
                        return;
                }
        fail_msg("nobody said so");
}

static void stuck_card_is_marked_and_left_alone(void **state)
{
        Host *h = *state;
        size_t n;

        h->k->fail_path = "/unbind";
        h->k->fail_with = -ETIMEDOUT;
        assert_int_equal(act(h, apply, NULL), 1);
        assert_true(root_exists(h->k->root, "run/gpuhost/stuck/" AUDIO));
        n = h->k->log.len;
        assert_int_equal(act(h, apply, NULL), 1);
        assert_null(strstr(str_buf_get(&h->k->log) + n, "unbind"));
        assert_int_equal(act(h, revert, NULL), 1);
        assert_null(strstr(str_buf_get(&h->k->log) + n, "driver_override"));
        assert_true(root_exists(h->k->root, JOURNAL_FILE)); /* there is still something to undo */
}

static void command_that_fails_is_pending(void **state)
{
        Host *h = *state;
        _cleanup_outcomes_ OutcomeList outcomes = {};
        _cleanup_free_ char *before = look(h);

        h->status = 1;
        assert_int_equal(act(h, apply, &outcomes), 1);
        assert_string_equal(outcomes.items[outcomes.n - 1].detail, "what it says\n");
        h->status = 0;
        assert_int_equal(act(h, apply, NULL), 0); /* the files are right, and yet it runs */
        assert_int_equal(h->commands.n, 2);
        assert_int_equal(act(h, apply, NULL), 0);
        assert_int_equal(h->commands.n, 2);
        h->status = 1;
        assert_int_equal(act(h, revert, NULL), 1);
        h->status = 0;
        assert_int_equal(act(h, revert, NULL), 0);
        assert_looks(h, before, "revert", 0);
        assert_journal_gone(h);
}

static void what_others_changed_is_theirs(void **state)
{
        Host *h = *state;
        _cleanup_outcomes_ OutcomeList outcomes = {};
        _cleanup_free_ char *text = NULL;
        bool said = false;

        assert_int_equal(act(h, apply, NULL), 0);
        fake_put(h->k, "var/lib/gpuhost/protected", "edited\n");
        fake_put(h->k, "sys/bus/pci/devices/" GPU "/driver_override", "pci-stub\n");
        fake_put(h->k, D3COLD, "5\n");
        assert_int_equal(act(h, revert, &outcomes), 0);
        text = fake_text(h->k, "var/lib/gpuhost/protected");
        assert_string_equal(text, "edited\n");
        assert_string_equal(fake_driver(h->k, AUDIO), "snd_hda_intel");
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        for (size_t i = 0; i < outcomes.n; i++)
                said |= outcomes.items[i].kind == OUTCOME_LEFT;
        assert_true(said);
        assert_journal_gone(h);
}

static int revert_files(Executor *e)
{
        return execute_revert(e, REVERT_BOOT_FILES);
}

static void removal_leaves_bindings(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *menu = NULL;

        assert_int_equal(act(h, apply, NULL), 0);
        assert_int_equal(act(h, revert_files, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        assert_false(root_exists(h->k->root, DROP_IN));
        menu = fake_text(h->k, MENU);
        assert_string_equal(menu, "menu ");
        assert_int_equal(act(h, revert, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "nouveau");
        assert_journal_gone(h);
}

static int only_arguments(Executor *e)
{
        return execute_apply(e, STEP_KERNEL_ARGUMENTS);
}

static void only_steps_of_one_kind(void **state)
{
        Host *h = *state;

        assert_int_equal(act(h, only_arguments, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "nouveau");
        assert_true(root_exists(h->k->root, DROP_IN));
        assert_false(root_exists(h->k->root, "var/lib/gpuhost/protected"));
}

static void initramfs_is_built(void **state)
{
        Host *h = *state;

        h->plan.n_steps = 1;
        h->steps[0].code = STEP_INITRAMFS;
        h->steps[0].when = STEP_BOOT;
        memcpy(h->steps[0].target, "6.1.0", sizeof("6.1.0"));
        assert_int_equal(act(h, apply, NULL), 1); /* nobody knows how */
        assert_int_equal(h->commands.n, 0);
        h->machine.initramfs_tool = INITRAMFS_TOOLS;
        assert_int_equal(act(h, apply, NULL), 0);
        assert_int_equal(h->commands.n, 1);
        assert_string_equal(h->commands.items[0], "/usr/sbin/update-initramfs");
}

/* The firmware counts, whoever boots. What nobody writes is wrong only where there is something to be
 * written, and that is told by a step of its own. */
static void counted_without_a_loader(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *count = NULL;

        h->machine.boot_loader =
                (BootLoader){ .kind = BOOT_LOADER_RPI, .watchdog.kind = BOOT_WATCHDOG_EFI };
        h->plan.n_steps = 1;
        h->steps[0].code = STEP_BOOT_WATCHDOG;
        h->steps[0].when = STEP_BOOT;
        assert_int_equal(act(h, apply, NULL), 0);
        count = fake_text(h->k, "boot/grub/grubenv");
        assert_string_equal(count, "3");
        h->steps[0].code = STEP_KERNEL_ARGUMENTS;
        assert_int_equal(act(h, apply, NULL), 1);
        h->steps[0].code = STEP_BOOT_WATCHDOG;
        h->machine.boot_loader.watchdog.kind = BOOT_WATCHDOG_GRUBENV;
        assert_int_equal(act(h, apply, NULL), 1);
}

/* What cannot be remembered is not done. */
static void journal_that_cannot_be_written(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *before = look(h);

        fake_put(h->k, JOURNAL_FILE "/in-the-way", "");
        assert_true(act(h, apply, NULL) != 0);
        assert_string_equal(fake_driver(h->k, GPU), "nouveau");
        assert_int_equal(h->k->log.len, 0);
        assert_looks(h, before, "no journal", 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                HOST_TEST(apply_and_revert),
                HOST_TEST(apply_twice_is_once),
                HOST_TEST(initramfs_is_built),
                HOST_TEST(counted_without_a_loader),
                HOST_TEST(persistence_daemon_is_asked),
                HOST_TEST(take_and_release),
                HOST_TEST(persistence_is_given_back_where_the_card_stays),
                HOST_TEST(held_card_is_named_and_left),
                HOST_TEST(stuck_card_is_marked_and_left_alone),
                HOST_TEST(command_that_fails_is_pending),
                HOST_TEST(what_others_changed_is_theirs),
                HOST_TEST(removal_leaves_bindings),
                HOST_TEST(only_steps_of_one_kind),
                HOST_TEST(journal_that_cannot_be_written),
        };

        return cmocka_run_group_tests_name("execute", tests, NULL, NULL);
}
