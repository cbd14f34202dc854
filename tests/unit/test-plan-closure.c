// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

/* A card at 0c:00 in group 12 that is declared to leave. */
static World *world_of(GpuRole role)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_entry(w, role, "big", "0000:0c:00.0");
        return w;
}

static void the_slot_goes_along(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "snd_hda_intel", 12);
        world_function(w, "0000:0c:00.2", PCI_CLASS_SERIAL_USB, "10de:1ad8", "xhci_hcd", 13);
        world_function(w, "0000:0c:00.3", PCI_CLASS_SERIAL_OTHER, "10de:1ad9", NULL, 12);
        world_function(w, "0000:0c:00.4", 0x0200, "8086:1533", "igb", 14);
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->n_companions, 3);
        (void)world_watched(w);
        assert_steps(w, "bind 0000:0c:00.0 reboot: bind to vfio-pci\n"
                        "bind 0000:0c:00.1 reboot: bind to vfio-pci\n"
                        "bind 0000:0c:00.2 reboot: bind to vfio-pci\n"
                        "bind 0000:0c:00.3 reboot: bind to vfio-pci\n");
        assert_no_findings(w);
}

static void a_bridge_stays_and_hurts_nobody(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_function(w, "0000:00:01.0", PCI_CLASS_BRIDGE_PCI, "8086:1901", "pcieport", 12);
        world_function(w, "0000:00:00.0", PCI_CLASS_BRIDGE_HOST, "8086:1900", "skl_uncore", 12);
        assert_no_findings(w);
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->n_group_mates, 0);
}

static void an_nvswitch_is_no_bridge(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_function(w, "0000:0d:00.0", PCI_CLASS_BRIDGE_OTHER, "10de:22a3", "nvidia-nvswitch",
                       12);
        assert_message(w, FINDING_GROUP_NOT_ISOLATED,
                       "GPU 0000:0c:00.0 (big) shares IOMMU group 12 with what stays on the host: "
                       "0000:0d:00.0 (switch, driver nvidia-nvswitch)");
}

static void who_stays_is_named_with_its_use(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_function(w, "0000:02:00.0", 0x0108, "144d:a80a", "nvme", 12);
        world_function(w, "0000:03:00.0", PCI_CLASS_SERIAL_USB, "8086:a36d", "xhci_hcd", 12);
        world_function(w, "0000:04:00.0", PCI_CLASS_SERIAL_USB, "8086:a36d", NULL, 12);
        world_protect(w, "0000:02:00.0", "holds / (nvme0n1p2)");
        assert_message(w, FINDING_GROUP_NOT_ISOLATED,
                       "GPU 0000:0c:00.0 (big) shares IOMMU group 12 with what stays on the host: "
                       "0000:02:00.0 (NVMe drive, driver nvme, holds / (nvme0n1p2)) and "
                       "0000:03:00.0 (USB controller, driver xhci_hcd)");
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->guard, GUARD_REFUSED);
        assert_steps(w, "");
}

static void what_has_no_driver_is_fine_but_for_disks_and_networks(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_function(w, "0000:03:00.0", PCI_CLASS_SERIAL_USB, "8086:a36d", NULL, 12);
        world_function(w, "0000:04:00.0", 0x0780, "8086:a36e", "vfio-pci", 12);
        world_function(w, "0000:05:00.0", 0x0780, "8086:a36e", "pci-stub", 12);
        assert_no_findings(w);

        /* The boot can't tell whether it is used, so neither the plan says that it will be taken. */
        world_function(w, "0000:06:00.0", 0x0200, "8086:1533", NULL, 12);
        assert_int_equal(world_n_findings(w, FINDING_GROUP_NOT_ISOLATED), 1);

        w->entries[0].role = ROLE_ON_DEMAND;
        w->changed = true;
        assert_no_findings(w);
}

static void at_boot_classes_decide(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_function(w, "0000:03:00.0", PCI_CLASS_SERIAL_USB, "8086:a36d", "xhci_hcd", 12);
        world_plan(w, PLAN_BOOT);
        assert_no_findings(w);
        assert_steps(w, "bind 0000:0c:00.0 now: bind to vfio-pci\n");

        world_function(w, "0000:06:00.0", 0x0106, "8086:a352", NULL, 12);
        world_plan(w, PLAN_BOOT);
        assert_steps(w, "");
        assert_int_equal(world_n_findings(w, FINDING_GROUP_NOT_ISOLATED), 1);
}

static void at_boot_recorded_protections_hold(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_protect(w, "0000:0c:00.0", "was found protected by apply");
        world_plan(w, PLAN_BOOT);
        assert_steps(w, "");
}

static void two_gpus_of_a_group_leave_together_or_not(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_gpu(w, "0000:0d:00.0")->iommu_group = 12;
        assert_int_equal(world_n_findings(w, FINDING_GROUP_NOT_ISOLATED), 1);

        world_entry(w, ROLE_PASSTHROUGH, NULL, "0000:0d:00.0");
        assert_no_findings(w);

        /* One that is refused takes the other with it. */
        w->config.host.allowlist.n = 0;
        world_allow(w, "10de:2205");
        world_gpu(w, "0000:0e:00.0")->id.device = 0x2205;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_NOT_ALLOWED), 2);
}

static void a_refused_mate_refuses(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);
        PciDevice *d = world_gpu(w, "0000:0d:00.0");

        d->iommu_group = 12;
        d->id = (PciId){ 0x1002, 0x73bf };
        world_entry(w, ROLE_PASSTHROUGH, NULL, "0000:0d:00.0");
        assert_int_equal(world_gpu_plan(w, "0000:0d:00.0")->refused_for, FINDING_NOT_ALLOWED);
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->refused_for,
                         FINDING_GROUP_NOT_ISOLATED);
}

static void an_on_demand_mate_is_in_the_way_of_what_leaves_at_boot(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_gpu(w, "0000:0d:00.0")->iommu_group = 12;
        world_entry(w, ROLE_ON_DEMAND, NULL, "0000:0d:00.0");
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->guard, GUARD_REFUSED);
}

static void one_group_goes_to_one_vm(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        world_gpu(w, "0000:0d:00.0")->iommu_group = 12;
        world_entry(w, ROLE_PASSTHROUGH, "small", "0000:0d:00.0");
        world_ask_name(w, world_vm(w, "a"), "big");
        assert_no_findings(w);
        world_ask_name(w, world_vm(w, "b"), "small");
        assert_message(
                w, FINDING_GROUP_NOT_ISOLATED,
                "GPU 0000:0c:00.0 (big) and GPU 0000:0d:00.0 (small) share IOMMU group 12, so "
                "one VM must have both, but a has the first only");
        assert_gets(w, "a", "refused");
        assert_gets(w, "b", "refused");
}

static void a_vm_may_take_its_mate_along(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);
        Instance *a = world_vm(w, "a");

        world_allow(w, "8086:*");
        world_function(w, "0000:03:00.0", PCI_CLASS_SERIAL_USB, "8086:a36d", "xhci_hcd", 12);
        world_ask_name(w, a, "big");
        assert_gets(w, "a", "refused");
        world_take(w, a, "0000:03:00.0");
        assert_no_findings(w);
        assert_gets(w, "a", "0000:0c:00.0");
}

static void who_does_not_take_the_mate_is_refused(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);
        Instance *a = world_vm(w, "a");

        world_allow(w, "8086:*");
        w->config.host.gpu_policy = POLICY_SWITCH;
        world_function(w, "0000:03:00.0", PCI_CLASS_SERIAL_USB, "8086:a36d", "xhci_hcd", 12);
        world_ask_name(w, a, "big");
        world_take(w, a, "0000:03:00.0");
        world_ask_name(w, world_vm(w, "b"), "big");
        assert_message(w, FINDING_GROUP_NOT_ISOLATED,
                       "b has GPU 0000:0c:00.0 (big), whose IOMMU group 12 holds 0000:03:00.0 (USB "
                       "controller, driver xhci_hcd), which it does not take along");
        assert_gets(w, "a", "0000:0c:00.0");
        assert_gets(w, "b", "refused");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_slot_goes_along),
                cmocka_unit_test(a_bridge_stays_and_hurts_nobody),
                cmocka_unit_test(an_nvswitch_is_no_bridge),
                cmocka_unit_test(who_stays_is_named_with_its_use),
                cmocka_unit_test(what_has_no_driver_is_fine_but_for_disks_and_networks),
                cmocka_unit_test(at_boot_classes_decide),
                cmocka_unit_test(at_boot_recorded_protections_hold),
                cmocka_unit_test(two_gpus_of_a_group_leave_together_or_not),
                cmocka_unit_test(a_refused_mate_refuses),
                cmocka_unit_test(an_on_demand_mate_is_in_the_way_of_what_leaves_at_boot),
                cmocka_unit_test(one_group_goes_to_one_vm),
                cmocka_unit_test(a_vm_may_take_its_mate_along),
                cmocka_unit_test(who_does_not_take_the_mate_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
