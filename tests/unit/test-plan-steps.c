// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

static World *world_of(GpuRole role, const char *driver)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0")->driver = (char *)driver;
        world_entry(w, role, "big", "0000:0c:00.0");
        return w;
}

static void a_native_driver_goes_at_the_next_boot(void **state)
{
        _cleanup_world_ World *w = world_watched(world_of(ROLE_PASSTHROUGH, "nvidia"));

        assert_steps(w, "bind 0000:0c:00.0 reboot: bind to vfio-pci\n");
        assert_string_equal(w->plan.steps[0].reason,
                            "declared as passthrough; its driver is nvidia");
        assert_string_equal(w->plan.steps[0].origin.file, "host.yaml");
        assert_true(plan_has_changes(&w->plan));
        assert_false(w->plan.reboot_pending);
}

static void what_is_unbound_is_bound_now(void **state)
{
        _cleanup_world_ World *w = world_watched(world_of(ROLE_PASSTHROUGH, NULL));

        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", NULL, 12);
        assert_steps(w, "bind 0000:0c:00.0 now: bind to vfio-pci\n"
                        "bind 0000:0c:00.1 now: bind to vfio-pci\n");
        w->devices[2].driver = (char *)"snd_hda_intel"; /* the slot goes as one */
        w->changed = true;
        assert_steps(w, "bind 0000:0c:00.0 reboot: bind to vfio-pci\n"
                        "bind 0000:0c:00.1 reboot: bind to vfio-pci\n");
}

static void what_nobody_uses_is_taken_now(void **state)
{
        _cleanup_world_ World *w = world_watched(world_of(ROLE_PASSTHROUGH, "nvidia"));

        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "snd_hda_intel", 12);
        w->devices[1].use = DEVICE_USE_NONE;
        assert_steps(w, "bind 0000:0c:00.0 reboot: bind to vfio-pci\n"
                        "bind 0000:0c:00.1 reboot: bind to vfio-pci\n");
        w->devices[2].use = DEVICE_USE_NONE;
        w->changed = true;
        assert_steps(w, "bind 0000:0c:00.0 now: bind to vfio-pci\n"
                        "bind 0000:0c:00.1 now: bind to vfio-pci\n");
        assert_string_equal(w->plan.steps[0].reason,
                            "declared as passthrough; its driver is nvidia, and nobody uses it");
        w->devices[1].use = DEVICE_USE_HELD;
        w->devices[1].used_by = (char *)"Xorg (pid 812, gdm.service) holds /dev/nvidia0";
        w->changed = true;
        assert_steps(w, "bind 0000:0c:00.0 reboot: bind to vfio-pci\n"
                        "bind 0000:0c:00.1 reboot: bind to vfio-pci\n");
        assert_string_equal(w->plan.steps[0].reason,
                            "declared as passthrough; its driver is nvidia, and "
                            "Xorg (pid 812, gdm.service) holds /dev/nvidia0");
}

static void done_is_done(void **state)
{
        _cleanup_world_ World *w = world_watched(world_of(ROLE_PASSTHROUGH, "vfio-pci"));

        assert_steps(w, "");
        assert_false(plan_has_changes(&w->plan));
}

static void back_to_the_host(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_HOST, "vfio-pci");

        assert_steps(w, ""); /* another tool did it, without an override */
        w->devices[1].driver_override = (char *)"vfio-pci";
        w->changed = true;
        assert_steps(w, "release 0000:0c:00.0 now: return to its native driver\n");
        world_claim(w, "0000:0c:00.0", "vm");
        assert_steps(w, "release 0000:0c:00.0 reboot: return to its native driver\n");
        w->config.host.n_gpus = 0; /* nobody says that it is the host's */
        w->changed = true;
        assert_steps(w, "");
}

static void on_demand_is_returned_when_nobody_has_it(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_ON_DEMAND, "vfio-pci");

        assert_steps(w, "release 0000:0c:00.0 now: return to its native driver\n");
        world_claim(w, "0000:0c:00.0", "vm");
        assert_steps(w, "");
}

static void nothing_while_disarmed_or_wrong(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH, NULL);

        w->machine.disarmed = true;
        assert_steps(w, "");
        assert_message(w, FINDING_DISARMED,
                       "gpuhost is off for this boot: nothing is bound, created or started");
        w->machine.disarmed = false;
        w->config.host_valid = false;
        w->changed = true;
        assert_steps(w, "");
}

/* A host that is off because of an argument comes right by another. */
static void the_next_boot_is_written_while_disarmed(void **state)
{
        _cleanup_world_ World *w = world_watched(world_of(ROLE_PASSTHROUGH, NULL));

        w->machine.disarmed = true;
        w->config.host.iommu.host_passthrough = true;
        assert_steps(w,
                     "kernel-arguments grub boot: add iommu.passthrough=1 to the kernel arguments "
                     "of GRUB\n");
        assert_false(w->plan.reboot_pending);
        assert_true(w->plan.boot_watched);
}

static void d3cold(void **state)
{
        _cleanup_world_ World *w = world_watched(world_of(ROLE_PASSTHROUGH, "vfio-pci"));

        w->devices[1].d3cold_allowed = 1;
        w->entries[0].has_d3cold = true;
        assert_steps(w, "d3cold 0000:0c:00.0 now: forbid D3cold\n");
        w->devices[1].d3cold_allowed = 0;
        w->changed = true;
        assert_steps(w, "");
}

static void huge_pages(void **state)
{
        _cleanup_world_ World *w = world_watched(world_of(ROLE_HOST, "nvidia"));
        Hugepages pages[] = {
                { .size = UINT64_C(2) << 20, .count = 1024, .node = 0  },
                { .size = UINT64_C(2) << 20, .count = 512,  .node = -1 },
                { .size = UINT64_C(1) << 30, .count = 16,   .node = 0  },
                { .size = UINT64_C(1) << 30, .count = 8,    .node = 1  },
        };

        w->config.host.hugepages = pages;
        w->config.host.n_hugepages = ARRAY_SIZE(pages);
        assert_steps(w, "hugepages hugepages now: reserve 1024 pages of 2M on node 0\n"
                        "hugepages hugepages now: reserve 512 pages of 2M\n"
                        "kernel-arguments grub boot: add hugepagesz=1G hugepages=0:16,1:8 to the "
                        "kernel arguments of GRUB\n"
                        "reboot host reboot: reboot\n");
        w->machine.hugepages_2m_total = 1536;
        w->config.host.n_hugepages = 2;
        w->changed = true;
        assert_steps(w, "boot-watchdog host boot: count boots no longer\n");
        pages[0].size = pages[1].size = UINT64_C(1) << 30;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_HUGEPAGES_MIXED), 1);
        assert_steps(w, "boot-watchdog host boot: count boots no longer\n");
}

static void huge_pages_of_nodes(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_HOST, "nvidia");
        NodePages there[] = {
                { .node = 0, .pages = 1536 },
                { .node = 1 }
        };
        Hugepages pages[] = {
                { .size = UINT64_C(2) << 20, .count = 100, .node = -1 },
                { .size = UINT64_C(2) << 20, .count = 512, .node = 1  },
                { .size = UINT64_C(2) << 20, .count = 256, .node = 1  },
                { .size = UINT64_C(2) << 20, .count = 512, .node = 0  },
        };

        w->config.host.hugepages = pages;
        w->config.host.n_hugepages = ARRAY_SIZE(pages);
        w->machine.hugepages_2m = there;
        w->machine.n_hugepages_2m = ARRAY_SIZE(there);
        w->machine.hugepages_2m_total = 1536; /* enough, and on the wrong node */
        assert_steps(w, "hugepages hugepages now: reserve 512 pages of 2M on node 1\n"
                        "hugepages hugepages now: reserve 256 pages of 2M on node 1\n");
        assert_int_equal(w->plan.steps[1].node, 1);
        assert_int_equal(w->plan.steps[1].number, 768);
        there[1].pages = 768;
        w->machine.hugepages_2m_total = 1300;
        w->changed = true;
        assert_steps(w, "hugepages hugepages now: reserve 100 pages of 2M\n");
        assert_int_equal(w->plan.steps[0].node, -1);
        assert_int_equal(w->plan.steps[0].number, 1380);
}

static World *world_of_vfs(uint32_t declared, uint32_t there)
{
        World *w = world_of(ROLE_VGPU, "nvidia");

        w->devices[1].sriov_total = 32;
        w->devices[1].sriov_vfs = there;
        w->entries[0].vfs = declared;
        return w;
}

static void virtual_functions(void **state)
{
        _cleanup_world_ World *w = world_of_vfs(8, 0);
        PciDevice *vf;

        assert_steps(w,
                     "sriov-vfs 0000:0c:00.0 now: make 8 VFs with /usr/lib/nvidia/sriov-manage\n");
        w->devices[1].sriov_vfs = 8;
        w->changed = true;
        assert_steps(w, "");
        w->devices[1].sriov_vfs = 4;
        vf = world_function(w, "0000:0c:00.4", PCI_CLASS_3D, "10de:26b9", "nvidia", 13);
        vf->is_vf = true;
        vf->physfn = address_of("0000:0c:00.0");
        vf->current_vgpu_type = (char *)"0";
        assert_string_equal(
                enum_to_string(&step_when_table, (int)world_plan(w, PLAN_RUNTIME)->steps[0].when),
                "now");
        vf->current_vgpu_type = (char *)"1147"; /* a change would take it away */
        assert_string_equal(
                enum_to_string(&step_when_table, (int)world_plan(w, PLAN_RUNTIME)->steps[0].when),
                "reboot");
}

static void more_than_there_can_be(void **state)
{
        _cleanup_world_ World *w = world_of_vfs(64, 0);

        assert_message(w, FINDING_SRIOV_RANGE,
                       "64 VFs are declared for GPU 0000:0c:00.0 (big), which can have 32");
        assert_steps(w, "");
}

static void no_way_to_part_it(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_VGPU, "nvidia");

        assert_message(w, FINDING_VGPU_UNSUPPORTED,
                       "GPU 0000:0c:00.0 (big) is declared as vgpu, but offers neither VFs nor "
                       "mediated devices");
        w->devices[1].sriov_total = 16;
        w->changed = true;
        assert_message(
                w, FINDING_VGPU_UNSUPPORTED,
                "GPU 0000:0c:00.0 (big) offers vGPUs by VFs only, and its entry declares none");
        w->devices[1].sriov_total = 0;
        w->devices[1].mdev_types =
                (VgpuTypeList){ .items = &(VgpuType){ .id = (char *)"x" }, .n = 1 };
        w->entries[0].vfs = 4;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_SRIOV_UNSUPPORTED), 1);
}

static void arguments_in_place(void **state)
{
        _cleanup_world_ World *w = world_watched(world_of(ROLE_HOST, "nvidia"));
        char *own[] = { (char *)"iommu.passthrough=1" };

        w->config.host.iommu.host_passthrough = true;
        assert_steps(w,
                     "kernel-arguments grub boot: add iommu.passthrough=1 to the kernel arguments "
                     "of GRUB\n"
                     "reboot host reboot: reboot\n");
        w->machine.boot_loader.configured = (StrList){ .items = own, .n = 1 };
        w->changed = true;
        assert_steps(w, "reboot host reboot: reboot\n");
        assert_true(w->plan.reboot_pending);
        assert_int_equal(world_n_findings(w, FINDING_ARGUMENTS_PENDING), 1);
        world_argument(w, "root=UUID=1");
        world_argument(w, "iommu.passthrough=1");
        assert_steps(w, "");
        assert_no_findings(w);
        assert_int_equal(w->plan.kernel_arguments.running.n, 1);
        w->config.host.iommu.host_passthrough = false;
        w->changed = true;
        assert_steps(w, "boot-watchdog host boot: count boots no longer\n"
                        "kernel-arguments grub boot: remove iommu.passthrough=1 from the kernel "
                        "arguments of GRUB\n");
}

static void arguments_of_others(void **state)
{
        static const struct {
                BootLoaderKind kind;
                const char *action;
        } rows[] = {
                { BOOT_LOADER_GRUBBY, "grubby --update-kernel=ALL --args=\"a=1 b=2\"" },
                { BOOT_LOADER_OSTREE,
                 "rpm-ostree kargs --append-if-missing=a=1 --append-if-missing=b=2"   },
                { BOOT_LOADER_BOOTC,
                 "write to /usr/lib/bootc/kargs.d/50-gpuhost.toml of the image: "
                  "kargs = [\"a=1\", \"b=2\"]"                                        },
        };
        char *extra[] = { (char *)"a=1", (char *)"b=2" };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_world_ World *w = world_watched(world_of(ROLE_HOST, "nvidia"));

                w->config.host.kernel_arguments.extra = (TextList){ .items = extra, .n = 2 };
                w->machine.boot_loader.kind = rows[i].kind;
                w->machine.boot_loader.configured_known = false;
                assert_string_equal(world_plan(w, PLAN_RUNTIME)->steps[0].action, rows[i].action);
        }
}

static void arguments_that_nobody_writes(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_HOST, "nvidia");

        w->config.host.iommu.host_passthrough = true;
        w->config.host.kernel_arguments.manage = false;
        assert_message(w, FINDING_ARGUMENTS_UNMANAGED,
                       "needed, but kernel_arguments: {manage: false} is declared: "
                       "iommu.passthrough=1");
        assert_string_equal(world_finding(w, FINDING_ARGUMENTS_UNMANAGED, 0)->fix,
                            "add to GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub and run "
                            "update-grub: iommu.passthrough=1");
        assert_steps(w, "");
        w->config.host.kernel_arguments.manage = true;
        w->machine.boot_loader.kind = BOOT_LOADER_UNKNOWN;
        w->machine.boot_loader.watchdog.kind = BOOT_WATCHDOG_NONE;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_BOOT_LOADER_UNKNOWN), 1);
        assert_steps(w, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_native_driver_goes_at_the_next_boot),
                cmocka_unit_test(what_is_unbound_is_bound_now),
                cmocka_unit_test(what_nobody_uses_is_taken_now),
                cmocka_unit_test(done_is_done),
                cmocka_unit_test(back_to_the_host),
                cmocka_unit_test(on_demand_is_returned_when_nobody_has_it),
                cmocka_unit_test(nothing_while_disarmed_or_wrong),
                cmocka_unit_test(the_next_boot_is_written_while_disarmed),
                cmocka_unit_test(d3cold),
                cmocka_unit_test(huge_pages),
                cmocka_unit_test(huge_pages_of_nodes),
                cmocka_unit_test(virtual_functions),
                cmocka_unit_test(more_than_there_can_be),
                cmocka_unit_test(no_way_to_part_it),
                cmocka_unit_test(arguments_in_place),
                cmocka_unit_test(arguments_of_others),
                cmocka_unit_test(arguments_that_nobody_writes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
