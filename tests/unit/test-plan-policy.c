// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

/* One card for VMs beside the console. */
static World *world_of_one(GpuRole role, GpuPolicy policy)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_entry(w, role, "big", "0000:0c:00.0");
        w->config.host.gpu_policy = policy;
        return w;
}

static void exclusive_refuses_both(void **state)
{
        _cleanup_world_ World *w = world_new();
        const Finding *f;

        world_gpu(w, "0000:01:00.0");
        world_ask(w, world_container(w, "work-gpu"))->any = true;
        world_ask(w, world_container(w, "gpu-server"))->any = true;
        assert_message(w, FINDING_POLICY_CONFLICT,
                       "GPU policy is 'exclusive' but 2 instances have access to GPU 0000:01:00.0: "
                       "gpu-server, work-gpu. Set gpu_policy: shared to allow this.");
        f = world_finding(w, FINDING_POLICY_CONFLICT, 0);
        assert_string_equal(f->subject, "0000:01:00.0");
        assert_int_equal(f->severity, SEVERITY_ERROR);
        assert_gets(w, "gpu-server", "refused");
        assert_gets(w, "work-gpu", "refused");
        assert_int_equal(world_gpu_plan(w, "0000:01:00.0")->n_users, 2);
        assert_string_equal(world_assignment(w, "work-gpu")->refusal, f->message);
}

static void exclusive_vms_are_told_of_switch(void **state)
{
        _cleanup_world_ World *w = world_of_one(ROLE_PASSTHROUGH, POLICY_EXCLUSIVE);

        world_ask_name(w, world_vm(w, "a"), "big");
        world_ask_name(w, world_vm(w, "b"), "0000:0C:00.0");
        assert_message(w, FINDING_POLICY_CONFLICT,
                       "GPU policy is 'exclusive' but 2 instances have access to GPU 0000:0c:00.0: "
                       "a, b. Set gpu_policy: switch to let them take turns.");
}

static void invalid_instances_do_not_count(void **state)
{
        _cleanup_world_ World *w = world_of_one(ROLE_PASSTHROUGH, POLICY_EXCLUSIVE);

        world_ask_name(w, world_vm(w, "a"), "big");
        world_ask_name(w, world_vm(w, "b"), "big");
        w->instance_store[1].valid = false;
        assert_no_findings(w);
        assert_gets(w, "a", "0000:0c:00.0");
        assert_gets(w, "b", "refused");
}

static void an_error_in_host_d_refuses_all(void **state)
{
        _cleanup_world_ World *w = world_of_one(ROLE_PASSTHROUGH, POLICY_EXCLUSIVE);

        world_ask_name(w, world_vm(w, "a"), "big");
        w->config.host_valid = false;
        assert_gets(w, "a", "refused");
        assert_no_findings(w);
        assert_steps(w, "");
}

static void shared_containers_are_warned(void **state)
{
        _cleanup_world_ World *w = world_of_one(ROLE_HOST, POLICY_SHARED);

        world_ask_name(w, world_container(w, "a"), "big");
        world_ask_name(w, world_container(w, "b"), "big");
        assert_message(w, FINDING_POLICY_SHARED, "2 containers share GPU 0000:0c:00.0 (big): a, b");
        assert_string_equal(world_finding(w, FINDING_POLICY_SHARED, 0)->fix,
                            "consumer GPUs do not isolate video memory: one container can use up "
                            "all of it");
        assert_gets(w, "a", "0000:0c:00.0");
        assert_gets(w, "b", "0000:0c:00.0");
}

static void one_container_shares_with_nobody(void **state)
{
        _cleanup_world_ World *w = world_of_one(ROLE_HOST, POLICY_SHARED);

        world_ask_name(w, world_container(w, "a"), "big");
        assert_no_findings(w);
}

static void a_vms_device_is_never_shared(void **state)
{
        _cleanup_world_ World *w = world_of_one(ROLE_ON_DEMAND, POLICY_SHARED);

        world_ask_name(w, world_vm(w, "a"), "big");
        world_ask_name(w, world_container(w, "b"), "big");
        assert_message(w, FINDING_POLICY_CONFLICT,
                       "GPU policy is 'shared', but a VM's device never is, and 2 instances have "
                       "access to GPU 0000:0c:00.0: a, b. Set gpu_policy: switch to let them take "
                       "turns.");
        assert_gets(w, "a", "refused");
        assert_gets(w, "b", "refused");
}

static void under_switch_they_take_turns(void **state)
{
        _cleanup_world_ World *w = world_of_one(ROLE_ON_DEMAND, POLICY_SWITCH);
        Instance *a = world_vm(w, "a");

        a->autostart = true;
        world_ask_name(w, a, "big");
        world_ask_name(w, world_container(w, "b"), "big");
        assert_no_findings(w);
        assert_gets(w, "b", "0000:0c:00.0");
}

static void under_switch_one_starts_at_boot(void **state)
{
        _cleanup_world_ World *w = world_of_one(ROLE_PASSTHROUGH, POLICY_SWITCH);
        static const char *const names[] = { "a", "b", "c" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                Instance *instance = world_vm(w, names[i]);

                instance->autostart = i != 2;
                world_ask_name(w, instance, "big");
        }
        assert_message(w, FINDING_SWITCH_AUTOSTART,
                       "GPU policy is 'switch' and 2 instances on GPU 0000:0c:00.0 start at boot: "
                       "a, b. Keep autostart: true in one of them.");
        assert_gets(w, "a", "refused");
        assert_gets(w, "c", "0000:0c:00.0");
}

static void long_lists_are_cut(void **state)
{
        _cleanup_world_ World *w = world_of_one(ROLE_PASSTHROUGH, POLICY_EXCLUSIVE);
        static char names[20][4];

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                (void)snprintf(names[i], sizeof(names[i]), "v%02zu", i);
                world_ask_name(w, world_vm(w, names[i]), "big");
        }
        assert_message(w, FINDING_POLICY_CONFLICT,
                       "GPU policy is 'exclusive' but 20 instances have access to GPU "
                       "0000:0c:00.0: v00, v01, v02, v03, v04, v05, v06, v07, v08, v09, v10, v11, "
                       "v12, v13, v14, v15 and 4 others. Set gpu_policy: switch to let them take "
                       "turns.");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(exclusive_refuses_both),
                cmocka_unit_test(exclusive_vms_are_told_of_switch),
                cmocka_unit_test(invalid_instances_do_not_count),
                cmocka_unit_test(an_error_in_host_d_refuses_all),
                cmocka_unit_test(shared_containers_are_warned),
                cmocka_unit_test(one_container_shares_with_nobody),
                cmocka_unit_test(a_vms_device_is_never_shared),
                cmocka_unit_test(under_switch_they_take_turns),
                cmocka_unit_test(under_switch_one_starts_at_boot),
                cmocka_unit_test(long_lists_are_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
