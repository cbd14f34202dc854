// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

static const char *const addresses[] = { "0000:18:00.0", "0000:3a:00.0", "0000:4b:00.0",
                                         "0000:5c:00.0" };

/* A server: its console, and so many cards for VMs that are no displays. */
static World *world_of(size_t n)
{
        World *w = world_new();

        world_console(w);
        for (size_t i = 0; i < n; i++)
                world_gpu(w, addresses[i])->class = PCI_CLASS_3D;
        world_match_id(&world_entry(w, ROLE_PASSTHROUGH, NULL, NULL)->match, "10de:2204");
        return w;
}

static void by_name_and_address(void **state)
{
        _cleanup_world_ World *w = world_of(4);

        world_ask_pool(w, world_vm(w, "beta"), "10de:2204", 2);
        world_ask_pool(w, world_vm(w, "alpha"), "10de:2204", 2);
        assert_no_findings(w);
        assert_gets(w, "alpha", "0000:18:00.0 0000:3a:00.0");
        assert_gets(w, "beta", "0000:4b:00.0 0000:5c:00.0");
        assert_string_equal(world_gpu_plan(w, "0000:4b:00.0")->users[0]->name, "beta");
}

static void too_few_in_numbers(void **state)
{
        _cleanup_world_ World *w = world_of(4);
        const Finding *f;

        world_ask_pool(w, world_vm(w, "alpha"), "10de:2204", 2);
        world_ask_pool(w, world_vm(w, "beta"), "10de:2204", 2);
        world_ask_pool(w, world_vm(w, "gamma"), "10de:2204", 1);
        assert_message(w, FINDING_NO_CAPACITY,
                       "5 GPUs (10de:2204) are asked for by alpha, beta and gamma, 4 exist: gamma "
                       "gets none");
        f = world_finding(w, FINDING_NO_CAPACITY, 0);
        assert_string_equal(f->subject, "gamma");
        assert_string_equal(f->file, "instance.yaml");
        assert_gets(w, "beta", "0000:4b:00.0 0000:5c:00.0");
        assert_gets(w, "gamma", "refused");
}

static void who_asks_for_too_many_leaves_them_to_others(void **state)
{
        _cleanup_world_ World *w = world_of(2);

        world_ask_pool(w, world_vm(w, "alpha"), "10de:2204", 3);
        world_ask_pool(w, world_vm(w, "beta"), "10de:2204", 2);
        assert_gets(w, "alpha", "refused");
        assert_gets(w, "beta", "0000:18:00.0 0000:3a:00.0");
}

static void all_requests_of_an_instance_or_none(void **state)
{
        _cleanup_world_ World *w = world_of(2);
        Instance *a = world_vm(w, "alpha");

        world_function(w, "0000:60:00.0", PCI_CLASS_3D, "10de:1eb8", "nvidia", 0x60);
        world_entry(w, ROLE_PASSTHROUGH, NULL, "0000:60:00.0");
        world_ask_pool(w, a, "10de:2204", 1);
        world_ask_pool(w, a, "10de:1eb8", 2);
        world_ask_pool(w, world_vm(w, "beta"), "10de:2204", 2);
        assert_gets(w, "alpha", "refused");
        assert_gets(w, "beta", "0000:18:00.0 0000:3a:00.0");
}

static void claims_come_first(void **state)
{
        _cleanup_world_ World *w = world_of(3);

        world_claim(w, "0000:18:00.0", "zeta");
        world_ask_pool(w, world_vm(w, "alpha"), "10de:2204", 2);
        world_ask_pool(w, world_vm(w, "zeta"), "10de:2204", 1);
        assert_no_findings(w);
        assert_gets(w, "zeta", "0000:18:00.0");
        assert_gets(w, "alpha", "0000:3a:00.0 0000:4b:00.0");
}

static void what_a_stranger_holds_is_not_given(void **state)
{
        _cleanup_world_ World *w = world_of(2);

        world_claim(w, "0000:18:00.0", "gone");
        world_ask_pool(w, world_vm(w, "alpha"), "10de:2204", 1);
        assert_gets(w, "alpha", "0000:3a:00.0");
}

static void named_ones_are_left_out(void **state)
{
        _cleanup_world_ World *w = world_of(2);

        world_entry(w, ROLE_PASSTHROUGH, "first", "0000:18:00.0");
        world_ask_pool(w, world_vm(w, "alpha"), "10de:2204", 1);
        world_ask_name(w, world_vm(w, "zeta"), "first");
        assert_no_findings(w);
        assert_gets(w, "alpha", "0000:3a:00.0");
        assert_gets(w, "zeta", "0000:18:00.0");
}

static void named_and_drawn_in_one(void **state)
{
        _cleanup_world_ World *w = world_of(4);
        Instance *a = world_vm(w, "mixed");

        world_entry(w, ROLE_PASSTHROUGH, "third", "0000:4b:00.0");
        world_ask_name(w, a, "third");
        world_ask_pool(w, a, "10de:2204", 2);
        assert_gets(w, "mixed", "0000:4b:00.0 0000:18:00.0 0000:3a:00.0");
}

static void cordoned_ones_are_not_drawn(void **state)
{
        _cleanup_world_ World *w = world_of(2);

        world_entry(w, ROLE_PASSTHROUGH, NULL, "0000:18:00.0")->cordoned = true;
        world_ask_pool(w, world_vm(w, "n-1"), "10de:2204", 1);
        world_ask_pool(w, world_vm(w, "n-2"), "10de:2204", 1);
        assert_message(
                w, FINDING_NO_CAPACITY,
                "2 GPUs (10de:2204) are asked for by n-1 and n-2, 1 exists (1 more is cordoned or "
                "may not leave the host): n-2 gets none");
}

static void who_runs_on_a_cordoned_one_keeps_it(void **state)
{
        _cleanup_world_ World *w = world_of(2);

        world_entry(w, ROLE_PASSTHROUGH, NULL, "0000:18:00.0")->cordoned = true;
        world_claim(w, "0000:18:00.0", "n-2");
        world_ask_pool(w, world_vm(w, "n-1"), "10de:2204", 1);
        world_ask_pool(w, world_vm(w, "n-2"), "10de:2204", 1);
        assert_no_findings(w);
        assert_gets(w, "n-1", "0000:3a:00.0");
        assert_gets(w, "n-2", "0000:18:00.0");
}

static void any_of_several_is_a_pool(void **state)
{
        _cleanup_world_ World *w = world_of(2);

        world_ask(w, world_vm(w, "a"))->any = true;
        world_ask(w, world_vm(w, "b"))->any = true;
        assert_no_findings(w);
        assert_gets(w, "a", "0000:18:00.0");
        assert_gets(w, "b", "0000:3a:00.0");
}

static void under_switch_the_first_free_one(void **state)
{
        _cleanup_world_ World *w = world_of(2);

        w->config.host.gpu_policy = POLICY_SWITCH;
        world_claim(w, "0000:18:00.0", "b");
        world_ask_pool(w, world_vm(w, "a"), "10de:2204", 1);
        world_ask_pool(w, world_vm(w, "b"), "10de:2204", 1);
        world_ask_pool(w, world_vm(w, "c"), "10de:2204", 1);
        assert_no_findings(w);
        assert_gets(w, "a", "0000:3a:00.0");
        assert_gets(w, "b", "0000:18:00.0");
        assert_gets(w, "c", "0000:3a:00.0");
}

static void shared_pools_spread_containers(void **state)
{
        _cleanup_world_ World *w = world_of(2);

        w->entries[0].role = ROLE_HOST;
        w->config.host.gpu_policy = POLICY_SHARED;
        world_ask_pool(w, world_container(w, "a"), "10de:2204", 1);
        world_ask_pool(w, world_container(w, "b"), "10de:2204", 1);
        world_ask_pool(w, world_container(w, "c"), "10de:2204", 1);
        assert_gets(w, "a", "0000:18:00.0");
        assert_gets(w, "b", "0000:3a:00.0");
        assert_gets(w, "c", "0000:18:00.0");
        assert_int_equal(world_n_findings(w, FINDING_POLICY_SHARED), 1);
}

static void a_gate_narrows_the_pool(void **state)
{
        _cleanup_world_ World *w = world_of(1);
        static DevicePattern only[] = {
                { .vendor = 0x10de, .device = 0x1eb8 }
        };
        Instance *a = world_vm(w, "a");

        world_function(w, "0000:60:00.0", PCI_CLASS_3D, "10de:1eb8", "nvidia", 0x60);
        world_entry(w, ROLE_PASSTHROUGH, NULL, "0000:60:00.0");
        a->devices.gates[a->devices.n_gates++] =
                (PatternList){ .items = only, .n = 1, .present = true };
        world_ask_pool(w, a, "10de:*", 1);
        assert_gets(w, "a", "0000:60:00.0");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(by_name_and_address),
                cmocka_unit_test(too_few_in_numbers),
                cmocka_unit_test(who_asks_for_too_many_leaves_them_to_others),
                cmocka_unit_test(all_requests_of_an_instance_or_none),
                cmocka_unit_test(claims_come_first),
                cmocka_unit_test(what_a_stranger_holds_is_not_given),
                cmocka_unit_test(named_ones_are_left_out),
                cmocka_unit_test(named_and_drawn_in_one),
                cmocka_unit_test(cordoned_ones_are_not_drawn),
                cmocka_unit_test(who_runs_on_a_cordoned_one_keeps_it),
                cmocka_unit_test(any_of_several_is_a_pool),
                cmocka_unit_test(under_switch_the_first_free_one),
                cmocka_unit_test(shared_pools_spread_containers),
                cmocka_unit_test(a_gate_narrows_the_pool),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
