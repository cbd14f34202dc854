// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

static World *world_of(GpuRole role)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_entry(w, role, "big", "0000:0c:00.0");
        return w;
}

static void nothing_is_allowed_by_default(void **state)
{
        static const GpuRole roles[] = { ROLE_PASSTHROUGH, ROLE_ON_DEMAND, ROLE_VGPU };
        static const char *const words[] = { "passthrough", "on-demand", "vgpu" };

        for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
                _cleanup_world_ World *w = world_of(roles[i]);
                char expected[160];

                w->config.host.allowlist.n = 0;
                w->devices[1].mdev_types =
                        (VgpuTypeList){ .items = &(VgpuType){ .id = (char *)"x" }, .n = 1 };
                (void)snprintf(expected, sizeof(expected),
                               "GPU 0000:0c:00.0 (big) is declared as %s, but the allowlist does "
                               "not let 10de:2204 leave the host",
                               words[i]);
                assert_message(w, FINDING_NOT_ALLOWED, expected);
                assert_string_equal(world_finding(w, FINDING_NOT_ALLOWED, 0)->fix,
                                    "if it may, add \"10de:2204\" to allowlist in host.d");
                assert_steps(w, "");
        }
}

static void the_display_function_decides(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "snd_hda_intel", 12);
        w->config.host.allowlist.n = 0;
        world_allow(w, "10de:1aef");
        assert_int_equal(world_n_findings(w, FINDING_NOT_ALLOWED), 1);
        w->config.host.allowlist.n = 0;
        world_allow(w, "10de:2204");
        assert_no_findings(w);
}

static void never_what_the_host_lives_on(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_function(w, "0000:0c:00.2", PCI_CLASS_SERIAL_USB, "10de:1ad8", "xhci_hcd", 12);
        world_protect(w, "0000:0c:00.2", "carries the default route (enx0)");
        w->entries[0].allow_console = true;
        assert_message(w, FINDING_PROTECTED,
                       "the USB controller 0000:0c:00.2, which goes along with GPU 0000:0c:00.0 "
                       "(big), carries the default route (enx0)");
        assert_steps(w, "");
}

static void the_console_only_if_its_entry_says_so(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_ON_DEMAND);

        w->devices[1].boot_vga = true;
        assert_message(w, FINDING_CONSOLE,
                       "GPU 0000:0c:00.0 (big) drives the boot console, and its entry does not say "
                       "allow_console: true");
        w->devices[1].boot_vga = false;
        w->devices[1].boot_display = true;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_CONSOLE), 1);
        w->entries[0].allow_console = true;
        w->changed = true;
        assert_no_findings(w);
}

static void a_vgpu_parent_keeps_the_console(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_VGPU);

        w->devices[1].boot_vga = true;
        w->devices[1].mdev_types =
                (VgpuTypeList){ .items = &(VgpuType){ .id = (char *)"x" }, .n = 1 };
        assert_no_findings(w);
}

/* Two cards and no other display. */
static World *world_of_two(void)
{
        World *w = world_new();

        world_gpu(w, "0000:0b:00.0");
        world_gpu(w, "0000:0c:00.0");
        world_entry(w, ROLE_PASSTHROUGH, "one", "0000:0b:00.0");
        world_entry(w, ROLE_PASSTHROUGH, "two", "0000:0c:00.0");
        return w;
}

static void one_display_stays(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        assert_message(w, FINDING_LAST_DISPLAY,
                       "with GPU 0000:0b:00.0 (one) the last display would leave the host, and its "
                       "entry does not say allow_console: true");
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->guard, GUARD_FREE);
        w->entries[0].allow_console = true;
        w->changed = true;
        assert_int_equal(world_gpu_plan(w, "0000:0b:00.0")->guard, GUARD_FREE);
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->refused_for, FINDING_LAST_DISPLAY);
        w->entries[1].allow_console = true;
        w->changed = true;
        assert_no_findings(w);
}

static void a_display_that_is_refused_stays(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        w->devices[0].boot_vga = true;
        assert_int_equal(world_n_findings(w, FINDING_CONSOLE), 1);
        assert_int_equal(world_n_findings(w, FINDING_LAST_DISPLAY), 0);
}

static void a_3d_controller_is_no_display(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        w->devices[0].class = w->devices[1].class = PCI_CLASS_3D;
        assert_no_findings(w);
}

static void all_that_is_wrong_is_said(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        w->devices[1].boot_vga = true;
        w->config.host.allowlist.n = 0;
        world_protect(w, "0000:0c:00.0", "is needed");
        assert_int_equal(world_n_findings(w, FINDING_NOT_ALLOWED), 1);
        assert_int_equal(world_n_findings(w, FINDING_CONSOLE), 1);
        assert_int_equal(world_n_findings(w, FINDING_PROTECTED), 1);
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->refused_for, FINDING_NOT_ALLOWED);
}

static void warnings_refuse_nothing(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        w->devices[1].reset_methods = (char *)"";
        w->devices[1].trouble = (char *)"its class can't be read";
        assert_message(w, FINDING_NO_RESET,
                       "the kernel knows no way to reset GPU 0000:0c:00.0 (big) between two VMs");
        assert_message(w, FINDING_DEVICE_UNREADABLE,
                       "GPU 0000:0c:00.0 (big): its class can't be read");
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->guard, GUARD_FREE);
        w->devices[1].reset_methods = NULL; /* a kernel too old to tell */
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_NO_RESET), 0);
}

static void the_running_kernel_needs_the_driver(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        w->kernels[1] = w->kernels[0];
        w->kernels[1].running = false;
        w->kernels[1].version = (char *)"6.1";
        w->kernels[1].modules[MOD_VFIO_PCI] = MODULE_MISSING;
        w->machine.n_kernels = 2;
        assert_message(w, FINDING_DRIVER_MISSING,
                       "kernel 6.1 has no driver vfio-pci, which is declared for GPU 0000:0c:00.0 "
                       "(big)");
        assert_int_equal(world_finding(w, FINDING_DRIVER_MISSING, 0)->severity, SEVERITY_WARNING);
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->guard, GUARD_FREE);
        w->kernels[1].running = true;
        w->changed = true;
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->refused_for, FINDING_DRIVER_MISSING);
}

static void a_variant_driver_is_looked_for_by_name(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);
        char *missing[] = { (char *)"nvgrace-gpu-vfio-pci" };

        w->entries[0].driver = missing[0];
        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", NULL, 12);
        w->devices[1].driver = NULL;
        (void)world_watched(w);
        assert_steps(w, "bind 0000:0c:00.0 now: bind to nvgrace-gpu-vfio-pci\n"
                        "bind 0000:0c:00.1 now: bind to vfio-pci\n");
        assert_string_equal(w->plan.steps[0].driver, "nvgrace-gpu-vfio-pci");
        w->kernels[0].missing = (StrList){ .items = missing, .n = 1 };
        w->changed = true;
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->refused_for, FINDING_DRIVER_MISSING);
}

static void wants_name_what_a_plan_looks_at(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);
        _cleanup_machine_wants_ MachineWants wants = {};

        w->entries[0].driver = (char *)"nvgrace-gpu-vfio-pci";
        world_take(w, world_vm(w, "a"), "0000:03:00.0");
        assert_int_equal(plan_wants(&w->config, &wants), 0);
        assert_int_equal(wants.n_addresses, 2);
        assert_true(pci_address_equal(wants.addresses[1], address_of("0000:03:00.0")));
        assert_int_equal(wants.drivers.n, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_is_allowed_by_default),
                cmocka_unit_test(the_display_function_decides),
                cmocka_unit_test(never_what_the_host_lives_on),
                cmocka_unit_test(the_console_only_if_its_entry_says_so),
                cmocka_unit_test(a_vgpu_parent_keeps_the_console),
                cmocka_unit_test(one_display_stays),
                cmocka_unit_test(a_display_that_is_refused_stays),
                cmocka_unit_test(a_3d_controller_is_no_display),
                cmocka_unit_test(all_that_is_wrong_is_said),
                cmocka_unit_test(warnings_refuse_nothing),
                cmocka_unit_test(the_running_kernel_needs_the_driver),
                cmocka_unit_test(a_variant_driver_is_looked_for_by_name),
                cmocka_unit_test(wants_name_what_a_plan_looks_at),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
