// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

#include "plan/resources.h"

static VgpuType t4_types[] = {
        { .id = (char *)"nvidia-230",
         .name = (char *)"GRID T4-1Q",
         .available = 16,
         .description = (char *)"num_heads=4, framebuffer=1024M, max_instance=16" },
        { .id = (char *)"nvidia-233",
         .name = (char *)"GRID T4-8Q",
         .available = 2,
         .description = (char *)"num_heads=4, framebuffer=8192M, max_instance=2"  },
};
static VgpuType l40s_types[] = {
        { .id = (char *)"1147", .name = (char *)"NVIDIA L40S-1Q",  .available = 1 },
        { .id = (char *)"1155", .name = (char *)"NVIDIA L40S-48Q", .available = 1 },
};

/* A Tesla T4, whose vGPUs are mediated devices of the card itself. */
static World *world_of_t4(void)
{
        World *w = world_new();
        PciDevice *d;

        world_console(w);
        d = world_function(w, "0000:0c:00.0", PCI_CLASS_3D, "10de:1eb8", "nvidia", 12);
        d->mdev_types = (VgpuTypeList){ .items = t4_types, .n = ARRAY_SIZE(t4_types) };
        world_entry(w, ROLE_VGPU, NULL, "0000:0c:00.0");
        return w;
}

/* An L40S with so many VFs, of which the first `used` hold a 1Q. */
static World *world_of_l40s(uint32_t vfs, uint32_t used)
{
        World *w = world_new();
        PciDevice *d;

        world_console(w);
        d = world_function(w, "0000:0c:00.0", PCI_CLASS_3D, "10de:26b9", "nvidia", 12);
        d->sriov_total = 32;
        d->sriov_vfs = vfs;
        for (uint32_t i = 0; i < vfs; i++) {
                char address[32];

                (void)snprintf(address, sizeof(address), "0000:0c:%02x.%x", 1 + i / 8, i % 8);
                d = world_function(w, address, PCI_CLASS_3D, "10de:26b9", "nvidia", 20 + (int)i);
                d->is_vf = true;
                d->physfn = address_of("0000:0c:00.0");
                d->has_vgpu_attributes = true;
                d->current_vgpu_type = (char *)(i < used ? "1147" : "0");
                if (i >= used)
                        d->vgpu_types =
                                (VgpuTypeList){ .items = l40s_types, .n = ARRAY_SIZE(l40s_types) };
        }
        world_entry(w, ROLE_VGPU, NULL, "0000:0c:00.0")->vfs = vfs;
        return w;
}

static void mediated_devices_fill_the_card(void **state)
{
        _cleanup_world_ World *w = world_of_t4();

        world_ask_profile(w, world_vm(w, "a"), "GRID T4-8Q");
        world_ask_profile(w, world_vm(w, "b"), "T4-8Q");
        assert_no_findings(w);
        assert_gets(w, "b", "0000:0c:00.0");
        assert_string_equal(world_assignment(w, "b")->vgpu_profile, "T4-8Q");
        world_ask_profile(w, world_vm(w, "c"), "T4-8Q");
        assert_message(w, FINDING_NO_CAPACITY,
                       "2 vGPUs T4-8Q are asked for by b and c, 2 exist: c gets none");
        assert_gets(w, "c", "refused");
}

static void a_mix_is_counted_by_shares(void **state)
{
        _cleanup_world_ World *w = world_of_t4();

        world_ask_profile(w, world_vm(w, "a"), "T4-8Q");
        world_ask(w, world_vm(w, "b"))->profile = (char *)"T4-1Q";
        w->instance_store[1].gpu.items[0].count = 8;
        assert_no_findings(w);
        w->instance_store[1].gpu.items[0].count = 9;
        w->changed = true;
        assert_gets(w, "a", "0000:0c:00.0");
        assert_gets(w, "b", "refused");
}

static void what_exists_is_not_counted_twice(void **state)
{
        _cleanup_world_ World *w = world_of_t4();
        VgpuType left[] = { t4_types[1] };

        left[0].available = 1;
        w->devices[1].mdev_types = (VgpuTypeList){ .items = left, .n = 1 };
        world_claim(w, "0000:0c:00.0", "b");
        world_ask_profile(w, world_vm(w, "a"), "T4-8Q");
        world_ask_profile(w, world_vm(w, "b"), "T4-8Q");
        assert_no_findings(w);
}

static void what_exists_is_of_that_profile(void **state)
{
        _cleanup_world_ World *w = world_of_t4();
        VgpuType left[] = { t4_types[0], t4_types[1] };

        left[0].available = 8;
        left[1].available = 0;
        w->devices[1].mdev_types = (VgpuTypeList){ .items = left, .n = ARRAY_SIZE(left) };
        world_claim(w, "0000:0c:00.0", "a");
        world_ask_profile(w, world_vm(w, "a"), "T4-1Q");
        world_ask_profile(w, world_vm(w, "b"), "T4-8Q");
        assert_message(w, FINDING_NO_CAPACITY,
                       "1 vGPU T4-8Q is asked for by b, 0 exist: b gets none");
}

static void vfs_and_memory_bound_it(void **state)
{
        _cleanup_world_ World *w = world_of_l40s(4, 0);
        GpuRequest *q = world_ask(w, world_vm(w, "a"));

        q->profile = (char *)"L40S-1Q";
        q->count = 4;
        assert_no_findings(w);
        assert_gets(w, "a", "0000:0c:00.0 0000:0c:00.0 0000:0c:00.0 0000:0c:00.0");
        q->count = 5;
        w->changed = true;
        assert_message(w, FINDING_NO_CAPACITY,
                       "5 vGPUs L40S-1Q are asked for by a, 4 exist: a gets none");
        q->profile = (char *)"L40S-48Q";
        q->count = 2;
        w->changed = true;
        assert_message(w, FINDING_NO_CAPACITY,
                       "2 vGPUs L40S-48Q are asked for by a, 1 exists: a gets none");
}

static void unknown_profiles(void **state)
{
        _cleanup_world_ World *w = world_of_l40s(1, 0);

        world_ask_profile(w, world_vm(w, "a"), "L40S-4Q");
        assert_message(
                w, FINDING_VGPU_PROFILE_UNKNOWN,
                "a asks for vGPU L40S-4Q, and no GPU offers that; offered: NVIDIA L40S-1Q and "
                "NVIDIA L40S-48Q");
        assert_string_equal(world_finding(w, FINDING_VGPU_PROFILE_UNKNOWN, 0)->fix,
                            "did you mean 'L40S-1Q'?");
        /* Nobody knows what VFs offer that are still to be made. */
        w->machine.n_devices = 2;
        w->devices[1].sriov_vfs = 0;
        w->changed = true;
        assert_no_findings(w);
}

static void without_a_parent(void **state)
{
        _cleanup_world_ World *w = world_of_t4();

        w->entries[0].role = ROLE_PASSTHROUGH;
        world_ask_profile(w, world_vm(w, "a"), "T4-8Q");
        assert_message(w, FINDING_ROLE_MISMATCH,
                       "a asks for vGPU T4-8Q, and no GPU has role vgpu: GPU 0000:01:00.0 is host "
                       "and GPU 0000:0c:00.0 is passthrough");
}

static void containers_have_none(void **state)
{
        _cleanup_world_ World *w = world_of_t4();

        world_ask_profile(w, world_container(w, "a"), "T4-8Q");
        assert_message(w, FINDING_ROLE_MISMATCH,
                       "a is a container and asks for a vGPU, which VMs alone can have");
}

static void plain_vfs_are_asked_for_by_name(void **state)
{
        _cleanup_world_ World *w = world_new();
        PciDevice *d;

        world_console(w);
        d = world_function(w, "0000:0c:00.0", 0x0380, "8086:56c0", "xe", 12);
        d->sriov_total = 31;
        world_allow(w, "8086:*");
        world_entry(w, ROLE_VGPU, "flex", "0000:0c:00.0")->vfs = 1;
        world_ask_name(w, world_vm(w, "a"), "flex");
        assert_no_findings(w);
        assert_gets(w, "a", "0000:0c:00.0");
        world_ask_name(w, world_vm(w, "b"), "flex");
        assert_message(w, FINDING_NO_CAPACITY,
                       "2 vGPUs are asked for by a and b, 1 exists: b gets "
                       "none");
}

static void a_whole_one_of_a_parted_gpu(void **state)
{
        _cleanup_world_ World *w = world_of_t4();

        world_ask_name(w, world_vm(w, "a"), "0000:0c:00.0");
        assert_message(
                w, FINDING_ROLE_MISMATCH,
                "a is a VM and asks for GPU 0000:0c:00.0, whose role is vgpu (host.yaml:10)");
}

static GpuResources resources_of(World *w)
{
        GpuResources r = {};

        assert_int_equal(plan_resources(world_plan(w, PLAN_RUNTIME), &w->machine, &r), 0);
        return r;
}

static void resources_of_vfs(void **state)
{
        _cleanup_world_ World *w = world_of_l40s(8, 2);
        _cleanup_gpu_resources_ GpuResources r = resources_of(w);

        assert_int_equal(r.mode, GPU_MODE_VGPU);
        assert_int_equal(r.total_slots, 8);
        assert_int_equal(r.used_slots, 2);
        assert_int_equal(r.n_profiles, 2);
        assert_string_equal(r.profiles[0].name, "L40S-1Q");
        assert_int_equal(r.profiles[0].framebuffer_mb, 1024);
        assert_int_equal(r.profiles[0].available, 6);
        assert_int_equal(r.n_devices, 2);
        assert_false(r.devices[0].available);
        assert_string_equal(r.devices[0].reason, "no gpus: entry gives it away");
        assert_true(r.devices[1].available);
        assert_null(r.devices[1].reason);
}

static void resources_of_an_empty_card(void **state)
{
        _cleanup_world_ World *w = world_of_l40s(8, 0);
        _cleanup_gpu_resources_ GpuResources r = resources_of(w);

        assert_int_equal(r.profiles[0].available, 8);
        assert_int_equal(r.profiles[1].available, 1); /* it has the memory for one 48Q */
}

static void resources_of_both_kinds(void **state)
{
        _cleanup_world_ World *w = world_of_t4();
        GpuResources r;

        world_gpu(w, "0000:0d:00.0")->driver = (char *)"vfio-pci";
        world_gpu(w, "0000:0e:00.0");
        world_entry(w, ROLE_PASSTHROUGH, "one", "0000:0d:00.0");
        world_entry(w, ROLE_PASSTHROUGH, "two", "0000:0e:00.0");
        world_claim(w, "0000:0d:00.0", "vm");
        r = resources_of(w);
        assert_int_equal(r.mode, GPU_MODE_MIXED);
        assert_int_equal(r.total_slots, 18);
        assert_int_equal(r.used_slots, 1);
        assert_string_equal(r.devices[2].reason, "vm has it");
        assert_string_equal(r.devices[3].reason,
                            "its driver is nvidia until it is bound to vfio-pci");
        gpu_resources_done(&r);
}

static void resources_of_nothing(void **state)
{
        _cleanup_world_ World *w = world_new();
        _cleanup_gpu_resources_ GpuResources r = resources_of(w);

        assert_int_equal(r.mode, GPU_MODE_NONE);
        assert_int_equal(r.n_devices, 0);
        assert_string_equal(enum_to_string(&gpu_mode_table, GPU_MODE_NONE), "none");
        assert_string_equal(enum_to_string(&gpu_mode_table, GPU_MODE_MIXED), "mixed");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(mediated_devices_fill_the_card),
                cmocka_unit_test(a_mix_is_counted_by_shares),
                cmocka_unit_test(what_exists_is_not_counted_twice),
                cmocka_unit_test(what_exists_is_of_that_profile),
                cmocka_unit_test(vfs_and_memory_bound_it),
                cmocka_unit_test(unknown_profiles),
                cmocka_unit_test(without_a_parent),
                cmocka_unit_test(containers_have_none),
                cmocka_unit_test(plain_vfs_are_asked_for_by_name),
                cmocka_unit_test(a_whole_one_of_a_parted_gpu),
                cmocka_unit_test(resources_of_vfs),
                cmocka_unit_test(resources_of_an_empty_card),
                cmocka_unit_test(resources_of_both_kinds),
                cmocka_unit_test(resources_of_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
