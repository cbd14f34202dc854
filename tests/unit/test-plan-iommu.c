// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

/* An Intel machine with a card that is declared to leave. */
static World *world_of_intel(IommuKind in_use)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_entry(w, ROLE_PASSTHROUGH, "big", "0000:0c:00.0");
        w->machine.iommu.kind = in_use;
        w->machine.iommu.firmware = IOMMU_INTEL;
        w->kernels[0].config_readable = true;
        w->kernels[0].intel_iommu_default_on_intgpu_off = KCONFIG_YES;
        return w;
}

static void assert_intended(World *w, const char *expected)
{
        const StrList *list;

        (void)world_n_findings(w, FINDING_UNSEEN); /* so that it is planned */
        list = &w->plan.kernel_arguments.intended;
        assert_string_equal(list->n > 0 ? list->items[0] : "", expected);
        assert_true(list->n <= 1);
}

static void not_needed_not_missed(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_NONE);

        w->entries[0].role = ROLE_HOST;
        w->machine.iommu.firmware = IOMMU_NONE;
        assert_no_findings(w);
        assert_intended(w, "");
}

static void off_in_firmware(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_NONE);

        w->machine.iommu.firmware = IOMMU_NONE;
        assert_message(w, FINDING_IOMMU_OFF_FIRMWARE,
                       "the firmware offers no IOMMU, which is needed for GPU 0000:0c:00.0 (big)");
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->refused_for,
                         FINDING_IOMMU_OFF_FIRMWARE);
        assert_steps(w, "");
        assert_intended(w, "");
}

static void off_by_default(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_NONE);

        w->kernels[0].intel_iommu_default_on_intgpu_off = KCONFIG_NO;
        assert_message(w, FINDING_IOMMU_OFF,
                       "the kernel does not use the IOMMU, which is needed for GPU 0000:0c:00.0 "
                       "(big)");
        assert_string_equal(world_finding(w, FINDING_IOMMU_OFF, 0)->fix,
                            "gpuhost apply, which adds intel_iommu=on, then reboot");
        assert_intended(w, "intel_iommu=on");
        (void)world_watched(w);
        assert_steps(w, "kernel-arguments grub boot: add intel_iommu=on to the kernel arguments of "
                        "GRUB\n"
                        "reboot host reboot: reboot\n"
                        "bind 0000:0c:00.0 reboot: bind to vfio-pci\n");
        assert_string_equal(w->plan.steps[0].reason,
                            "GPU 0000:0c:00.0 (big) needs the IOMMU, which this kernel leaves off "
                            "unasked");

        /* Nothing is bound at a boot that has no IOMMU. */
        world_plan(w, PLAN_BOOT);
        assert_steps(w, "");
}

static void any_installed_kernel_may_boot(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_INTEL);

        assert_intended(w, "");
        w->kernels[1] = (Kernel){ .version = (char *)"6.8", .config_readable = true };
        for (size_t i = 0; i < _MOD_MAX; i++)
                w->kernels[1].modules[i] = MODULE_LOADABLE;
        w->machine.n_kernels = 2;
        w->changed = true;
        assert_intended(w, "intel_iommu=on");
}

static void switched_off_by_an_argument(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_NONE);

        world_argument(w, "quiet");
        world_argument(w, "intel_iommu=on");
        world_argument(w, "intel_iommu=sm_on,off");
        assert_message(w, FINDING_IOMMU_OFF,
                       "the kernel argument intel_iommu=sm_on,off switches the IOMMU off, which is "
                       "needed for GPU 0000:0c:00.0 (big)");
        assert_string_equal(world_finding(w, FINDING_IOMMU_OFF, 0)->fix,
                            "remove intel_iommu=sm_on,off from /etc/default/grub and run "
                            "update-grub, then reboot");
        assert_string_equal(w->plan.kernel_arguments.intended.items[0], "intel_iommu=on");
}

static void what_nothing_switches_on_again_refuses(void **state)
{
        static const char *const words[] = { "iommu=off", "amd_iommu=off" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                _cleanup_world_ World *w = world_of_intel(IOMMU_NONE);

                world_argument(w, words[i]);
                assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->refused_for, FINDING_IOMMU_OFF);
                assert_intended(w, "");
                assert_steps(w, "");
        }
}

static void integrated_gpus_need_it_said(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_INTEL);

        world_function(w, "0000:00:02.0", PCI_CLASS_VGA, "8086:a780", "i915", -1);
        world_entry(w, ROLE_PASSTHROUGH, "igpu", "0000:00:02.0");
        world_allow(w, "8086:*");
        assert_no_findings(w);
        assert_intended(w, "intel_iommu=on");
        w->kernels[0].intel_iommu_default_on = KCONFIG_YES;
        w->kernels[0].intel_iommu_default_on_intgpu_off = KCONFIG_NO;
        w->changed = true;
        assert_intended(w, "");
}

static void amd_needs_nothing(void **state)
{
        _cleanup_world_ World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_entry(w, ROLE_PASSTHROUGH, NULL, "0000:0c:00.0");
        assert_intended(w, "");
        assert_no_findings(w);
}

static void a_device_may_stand_outside(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_INTEL);

        w->devices[1].has_iommu = false;
        assert_message(w, FINDING_IOMMU_OFF, "no IOMMU translates for GPU 0000:0c:00.0 (big)");
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->guard, GUARD_REFUSED);
}

/* Until a driver is offered to it: then its group is there, or is not. */
static void virtio_shows_nothing_before(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_VIRTIO);
        PciDevice *d = w->devices + 1;

        w->machine.iommu.firmware = IOMMU_VIRTIO;
        d->has_iommu = false;
        d->iommu_group = -1;
        d->driver = NULL;
        assert_no_findings(w);
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->guard, GUARD_FREE);
        d->iommu_group = 7;
        w->changed = true;
        assert_message(w, FINDING_IOMMU_OFF, "no IOMMU translates for GPU 0000:0c:00.0 (big)");
}

static void interrupts(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_INTEL);

        w->machine.iommu.interrupt_remapping = false;
        assert_message(w, FINDING_NO_INTERRUPT_REMAPPING,
                       "interrupts are not remapped: binding works, but no VM will start with GPU "
                       "0000:0c:00.0 (big)");
        assert_int_equal(world_finding(w, FINDING_NO_INTERRUPT_REMAPPING, 0)->severity,
                         SEVERITY_ERROR);
        w->machine.iommu.unsafe_interrupts = true;
        w->changed = true;
        assert_int_equal(world_finding(w, FINDING_NO_INTERRUPT_REMAPPING, 0)->severity,
                         SEVERITY_WARNING);
        w->machine.iommu.kind = w->machine.iommu.firmware = IOMMU_ARM_SMMU;
        w->changed = true;
        assert_no_findings(w);
}

static void on_demand_and_vfs_need_it_too(void **state)
{
        _cleanup_world_ World *w = world_of_intel(IOMMU_NONE);

        w->machine.iommu.firmware = IOMMU_NONE;
        w->entries[0].role = ROLE_ON_DEMAND;
        assert_int_equal(world_n_findings(w, FINDING_IOMMU_OFF_FIRMWARE), 1);
        w->entries[0].role = ROLE_VGPU;
        w->entries[0].vfs = 4;
        w->devices[1].sriov_total = 8;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_IOMMU_OFF_FIRMWARE), 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(not_needed_not_missed),
                cmocka_unit_test(off_in_firmware),
                cmocka_unit_test(off_by_default),
                cmocka_unit_test(any_installed_kernel_may_boot),
                cmocka_unit_test(switched_off_by_an_argument),
                cmocka_unit_test(what_nothing_switches_on_again_refuses),
                cmocka_unit_test(integrated_gpus_need_it_said),
                cmocka_unit_test(amd_needs_nothing),
                cmocka_unit_test(a_device_may_stand_outside),
                cmocka_unit_test(virtio_shows_nothing_before),
                cmocka_unit_test(interrupts),
                cmocka_unit_test(on_demand_and_vfs_need_it_too),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
