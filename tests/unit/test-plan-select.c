// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

static void without_entries_all_is_the_hosts(void **state)
{
        _cleanup_world_ World *w = world_new();
        const GpuPlan *g;

        world_gpu(w, "0000:0c:00.0");
        g = world_gpu_plan(w, "0000:0c:00.0");
        assert_int_equal(g->role, ROLE_HOST);
        assert_null(g->entry);
        assert_null(g->driver);
        assert_steps(w, "");
        assert_no_findings(w);
}

static void the_last_match_holds_whole(void **state)
{
        _cleanup_world_ World *w = world_new();
        const GpuPlan *g;

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_match_id(&world_entry(w, ROLE_PASSTHROUGH, "first", NULL)->match, "10de:2204");
        world_entry(w, ROLE_PASSTHROUGH, "second", "0000:0c:00.0")->driver = (char *)"x-vfio-pci";
        world_match_id(&world_entry(w, ROLE_HOST, NULL, NULL)->match, "10de:*");
        g = world_gpu_plan(w, "0000:0c:00.0");
        assert_int_equal(g->role, ROLE_HOST);
        assert_null(g->name);
        assert_null(g->driver);
        assert_int_equal(g->entry->origin.line, 12);
        assert_int_equal(g->n_overridden, 2);
        assert_string_equal(g->overridden[0]->name, "first");
        assert_string_equal(g->overridden[1]->name, "second");
        assert_no_findings(w);
}

static void all_keys_of_match_must_hold(void **state)
{
        _cleanup_world_ World *w = world_new();
        GpuEntry *e;
        PciDevice *d;

        world_console(w);
        d = world_gpu(w, "0000:0c:00.0");
        d->subsystem = (PciId){ 0x10de, 0x147d };
        d->serial = (char *)"17";
        d->path = (char *)"pci0000:00/0000:00:03.2/0000:0c:00.0";
        e = world_entry(w, ROLE_ON_DEMAND, "big", NULL);
        world_match_id(&e->match, "10de:2204");
        e->match.has_subsystem = true;
        e->match.subsystem = (PciId){ 0x10de, 0x147d };
        e->match.serial = (char *)"17";
        e->match.slot = (char *)"pci0000:00/0000:00:03.2";
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->role, ROLE_ON_DEMAND);

        e->match.slot = (char *)"pci0000:00/0000:00:03";
        w->changed = true;
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->role, ROLE_HOST);

        e->match.slot = NULL;
        e->match.serial = (char *)"18";
        w->changed = true;
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->role, ROLE_HOST);
}

static void a_slot_is_one_gpu(void **state)
{
        _cleanup_world_ World *w = world_new();
        PciDevice *d;

        world_gpu(w, "0000:0c:00.0");
        world_function(w, "0000:0c:00.1", 0x0380, "10de:2205", NULL, 12);
        d = world_function(w, "0000:0c:00.4", 0x0302, "10de:2204", NULL, 13);
        d->is_vf = true;
        d->physfn = address_of("0000:0c:00.0");
        assert_int_equal(world_plan(w, PLAN_RUNTIME)->n_gpus, 1);
        assert_int_equal(w->plan.gpus[0].n_companions, 1);
}

static void a_claim_on_a_vf_is_one_on_its_gpu(void **state)
{
        _cleanup_world_ World *w = world_new();
        PciDevice *d;

        world_gpu(w, "0000:0c:00.0");
        d = world_function(w, "0000:0c:01.2", 0x0302, "10de:2204", NULL, 13);
        d->is_vf = true;
        d->physfn = address_of("0000:0c:00.0");
        world_claim(w, "0000:0c:01.2", "desk");
        assert_string_equal(world_gpu_plan(w, "0000:0c:00.0")->claimed_by, "desk");
}

static void an_entry_has_a_policy_of_its_own(void **state)
{
        _cleanup_world_ World *w = world_new();
        GpuEntry *e;

        world_gpu(w, "0000:0c:00.0");
        world_gpu(w, "0000:0d:00.0");
        w->config.host.gpu_policy = POLICY_SHARED;
        e = world_entry(w, ROLE_HOST, NULL, "0000:0d:00.0");
        e->has_policy = true;
        e->policy = POLICY_SWITCH;
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->policy, POLICY_SHARED);
        assert_int_equal(world_gpu_plan(w, "0000:0d:00.0")->policy, POLICY_SWITCH);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_entries_all_is_the_hosts),
                cmocka_unit_test(the_last_match_holds_whole),
                cmocka_unit_test(all_keys_of_match_must_hold),
                cmocka_unit_test(a_slot_is_one_gpu),
                cmocka_unit_test(a_claim_on_a_vf_is_one_on_its_gpu),
                cmocka_unit_test(an_entry_has_a_policy_of_its_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
