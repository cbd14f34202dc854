// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

/* A console that stays, a card of the host (named small) and one for VMs (named big). */
static World *world_of_two(void)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0b:00.0");
        world_gpu(w, "0000:0c:00.0");
        world_entry(w, ROLE_HOST, "small", "0000:0b:00.0");
        world_entry(w, ROLE_PASSTHROUGH, "big", "0000:0c:00.0");
        return w;
}

static void each_kind_has_its_roles(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        world_ask_name(w, world_vm(w, "vm"), "small");
        world_ask_name(w, world_container(w, "ct"), "big");
        assert_string_equal(world_assignment(w, "vm")->refusal,
                            "vm is a VM and asks for GPU 0000:0b:00.0 (small), whose role is host "
                            "(host.yaml:10)");
        assert_string_equal(world_assignment(w, "ct")->refusal,
                            "ct is a container and asks for GPU 0000:0c:00.0 (big), whose role is "
                            "passthrough (host.yaml:11)");
        assert_string_equal(world_finding(w, FINDING_ROLE_MISMATCH, 0)->subject, "ct");
        assert_string_equal(world_finding(w, FINDING_ROLE_MISMATCH, 0)->file, "instance.yaml");
        assert_int_equal(world_finding(w, FINDING_ROLE_MISMATCH, 0)->line, 3);
}

static void a_gpu_of_no_entry_is_the_hosts(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        world_ask_name(w, world_vm(w, "vm"), "0000:01:00.0");
        assert_string_equal(
                world_assignment(w, "vm")->refusal,
                "vm is a VM and asks for GPU 0000:01:00.0, whose role is host (no gpus: "
                "entry matches it)");
}

static void both_kinds_have_on_demand(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        w->entries[1].role = ROLE_ON_DEMAND;
        w->config.host.gpu_policy = POLICY_SWITCH;
        world_ask_name(w, world_vm(w, "vm"), "big");
        world_ask_name(w, world_container(w, "ct"), "big");
        assert_no_findings(w);
}

static void any_means_the_only_one(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        world_ask(w, world_vm(w, "vm"))->any = true;
        assert_gets(w, "vm", "0000:0c:00.0");
        assert_no_findings(w);
}

static void any_of_none(void **state)
{
        _cleanup_world_ World *w = world_new();

        world_ask(w, world_vm(w, "vm"))->any = true;
        assert_message(w, FINDING_NO_CAPACITY, "1 GPU is asked for by vm, 0 exist");
        world_gpu(w, "0000:0b:00.0");
        assert_message(
                w, FINDING_ROLE_MISMATCH,
                "vm is a VM and asks for any GPU of role passthrough or on-demand, and there "
                "is none: GPU 0000:0b:00.0 is host");
}

static void names_that_mean_nothing(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        world_entry(w, ROLE_PASSTHROUGH, "gone", "0000:0f:00.0");
        world_ask_name(w, world_vm(w, "a"), "bog");
        world_ask_name(w, world_vm(w, "b"), "gone");
        world_ask_name(w, world_vm(w, "c"), "0000:0e:00.0");
        assert_string_equal(world_assignment(w, "a")->refusal,
                            "a asks for GPU 'bog', and no gpus: entry has that name");
        assert_string_equal(world_finding(w, FINDING_NO_SUCH_GPU, 0)->fix, "did you mean 'big'?");
        assert_string_equal(
                world_assignment(w, "b")->refusal,
                "b asks for GPU 'gone', but that gpus: entry (host.yaml:12) holds for no "
                "GPU of this machine");
        assert_string_equal(world_assignment(w, "c")->refusal,
                            "c asks for GPU 0000:0e:00.0, and there is none at that address");
}

static void a_name_of_several_is_a_pool(void **state)
{
        _cleanup_world_ World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0b:00.0");
        world_gpu(w, "0000:0c:00.0");
        world_match_id(&world_entry(w, ROLE_PASSTHROUGH, "both", NULL)->match, "10de:2204");
        world_ask_name(w, world_vm(w, "a"), "both");
        world_ask_name(w, world_vm(w, "b"), "both");
        assert_no_findings(w);
        assert_gets(w, "b", "0000:0c:00.0");
}

static void what_stays_with_the_host_is_refused(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        world_protect(w, "0000:0c:00.0", "is needed");
        world_ask_name(w, world_vm(w, "vm"), "big");
        assert_message(w, FINDING_GPU_REFUSED,
                       "vm asks for GPU 0000:0c:00.0 (big), which must stay with the host: GPU "
                       "0000:0c:00.0 (big) is needed");
        assert_gets(w, "vm", "refused");
}

static void cordoned_is_a_warning_that_refuses(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        w->entries[1].cordoned = true;
        world_ask_name(w, world_vm(w, "vm"), "big");
        assert_message(
                w, FINDING_CORDONED,
                "vm asks for GPU 0000:0c:00.0 (big), which is cordoned: nothing new starts on "
                "it");
        assert_int_equal(world_finding(w, FINDING_CORDONED, 0)->severity, SEVERITY_WARNING);
        assert_gets(w, "vm", "refused");
        world_claim(w, "0000:0c:00.0", "vm"); /* it runs */
        assert_no_findings(w);
}

/* By whoever had it last. */
static void one_that_did_not_come_back_is_cordoned(void **state)
{
        _cleanup_world_ World *w = world_of_two();

        w->devices[2].cordoned = (char *)"its reset failed";
        world_ask_name(w, world_vm(w, "vm"), "big");
        assert_message(w, FINDING_CORDONED,
                       "vm asks for GPU 0000:0c:00.0 (big), which is cordoned: its reset failed");
        assert_non_null(strstr(world_finding(w, FINDING_CORDONED, 0)->fix,
                               "remove /run/gpuhost/cordoned/0000:0c:00.0"));
        assert_gets(w, "vm", "refused");
}

static void every_gate_must_let_it_pass(void **state)
{
        _cleanup_world_ World *w = world_of_two();
        static DevicePattern nvidia[] = {
                { .vendor = 0x10de, .any_device = true }
        };
        static DevicePattern amd[] = {
                { .vendor = 0x1002, .any_device = true }
        };
        Instance *vm = world_vm(w, "vm");

        vm->devices.gates[0] = (PatternList){ .items = nvidia, .n = 1, .present = true };
        vm->devices.n_gates = 1;
        world_ask_name(w, vm, "big");
        assert_no_findings(w);
        vm->devices.gates[1] = (PatternList){
                .items = amd,
                .n = 1,
                .present = true,
                .origin = { .file = "profile.yaml", .line = 2 }
        };
        vm->devices.n_gates = 2;
        w->changed = true;
        assert_message(w, FINDING_DEVICE_NOT_ALLOWED,
                       "vm asks for GPU 0000:0c:00.0 (big), but its devices.allowlist "
                       "(profile.yaml:2) does not let 10de:2204 pass");
        vm->devices.gates[1].n = 0; /* an empty list lets nothing pass */
        w->changed = true;
        assert_gets(w, "vm", "refused");
}

static void lookup(void **state)
{
        _cleanup_world_ World *w = world_of_two();
        const Plan *plan = world_plan(w, PLAN_RUNTIME);
        const GpuPlan *g = NULL;
        const char *near = NULL;

        assert_int_equal(plan_lookup_gpu(plan, "big", &g, &near), 0);
        assert_true(pci_address_equal(g->device->address, address_of("0000:0c:00.0")));
        assert_int_equal(plan_lookup_gpu(plan, "0000:0B:00.0", &g, &near), 0);
        assert_string_equal(g->name, "small");
        assert_int_equal(plan_lookup_gpu(plan, "bgi", &g, &near), -ENOENT);
        assert_string_equal(near, "big");
        assert_int_equal(plan_lookup_gpu(plan, "0000:0f:00.0", &g, &near), -ENOENT);
        assert_null(near);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_kind_has_its_roles),
                cmocka_unit_test(a_gpu_of_no_entry_is_the_hosts),
                cmocka_unit_test(both_kinds_have_on_demand),
                cmocka_unit_test(any_means_the_only_one),
                cmocka_unit_test(any_of_none),
                cmocka_unit_test(names_that_mean_nothing),
                cmocka_unit_test(a_name_of_several_is_a_pool),
                cmocka_unit_test(what_stays_with_the_host_is_refused),
                cmocka_unit_test(cordoned_is_a_warning_that_refuses),
                cmocka_unit_test(one_that_did_not_come_back_is_cordoned),
                cmocka_unit_test(every_gate_must_let_it_pass),
                cmocka_unit_test(lookup),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
