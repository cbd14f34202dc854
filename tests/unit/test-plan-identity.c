// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

static GpuEntry *entry_with_id(World *w, const char *address)
{
        GpuEntry *e = world_entry(w, ROLE_PASSTHROUGH, "big", address);

        world_match_id(&e->match, "10de:2204");
        return e;
}

static void moved(void **state)
{
        _cleanup_world_ World *w = world_new();
        const Finding *f;

        world_console(w);
        world_function(w, "0000:0b:00.0", 0x0200, "8086:1572", "i40e", 11)->device_name =
                (char *)"X710";
        world_gpu(w, "0000:0d:00.0");
        entry_with_id(w, "0000:0b:00.0");
        assert_message(w, FINDING_ID_MISMATCH,
                       "0000:0b:00.0 was to be big, 10de:2204, but 8086:1572 (X710) stands there; "
                       "10de:2204 is now at 0000:0d:00.0");
        f = world_finding(w, FINDING_ID_MISMATCH, 0);
        assert_string_equal(f->subject, "0000:0b:00.0");
        assert_string_equal(f->file, "host.yaml");
        assert_int_equal(f->line, 10);
        assert_string_equal(f->fix,
                            "if that is the card that is meant, write address: \"0000:0d:00.0\"");
        assert_steps(w, "");
}

static void moved_to_one_of_two(void **state)
{
        _cleanup_world_ World *w = world_new();

        world_console(w);
        world_function(w, "0000:02:00.0", 0x0108, "144d:a80a", "nvme", 2);
        world_gpu(w, "0000:0b:00.0");
        world_gpu(w, "0000:0c:00.0");
        entry_with_id(w, "0000:02:00.0");
        assert_message(w, FINDING_ID_MISMATCH,
                       "0000:02:00.0 was to be big, 10de:2204, but 144d:a80a (NVMe drive) stands "
                       "there; 10de:2204 is now at 0000:0b:00.0 and 0000:0c:00.0");
        assert_null(world_finding(w, FINDING_ID_MISMATCH, 0)->fix);
}

static void another_gpu_took_the_place(void **state)
{
        _cleanup_world_ World *w = world_new();

        world_console(w);
        world_function(w, "0000:0b:00.0", PCI_CLASS_VGA, "10de:1e87", "nvidia", 11);
        entry_with_id(w, "0000:0b:00.0");
        assert_message(w, FINDING_ID_MISMATCH,
                       "0000:0b:00.0 was to be big, 10de:2204, but 10de:1e87 stands there; "
                       "10de:2204 is nowhere");
}

/* An entry for all of a kind must not take a card that another entry may have meant to keep. */
static void what_may_be_meant_is_refused(void **state)
{
        _cleanup_world_ World *w = world_new();
        GpuEntry *e;

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_gpu(w, "0000:0d:00.0");
        world_match_id(&world_entry(w, ROLE_PASSTHROUGH, NULL, NULL)->match, "10de:*");
        e = entry_with_id(w, "0000:0b:00.0");
        e->role = ROLE_HOST;
        world_entry(w, ROLE_PASSTHROUGH, "sure", "0000:0d:00.0");
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->guard, GUARD_REFUSED);
        assert_int_equal(world_gpu_plan(w, "0000:0c:00.0")->refused_for, FINDING_ID_MISMATCH);
        assert_int_equal(world_gpu_plan(w, "0000:0d:00.0")->guard, GUARD_FREE);
}

static void a_card_taken_out_is_a_warning(void **state)
{
        _cleanup_world_ World *w = world_new();

        world_console(w);
        entry_with_id(w, "0000:0b:00.0");
        assert_message(w, FINDING_ENTRY_UNUSED,
                       "the gpus: entry big matches no GPU of this machine");
        assert_int_equal(world_finding(w, FINDING_ENTRY_UNUSED, 0)->severity, SEVERITY_WARNING);
}

static void an_address_alone_that_is_no_gpu(void **state)
{
        _cleanup_world_ World *w = world_new();

        world_console(w);
        world_function(w, "0000:02:00.0", 0x0108, "144d:a80a", "nvme", 2);
        world_entry(w, ROLE_PASSTHROUGH, NULL, "0000:02:00.0");
        assert_message(w, FINDING_ENTRY_UNUSED,
                       "the gpus: entry without a name means 0000:02:00.0, which is no GPU but "
                       "144d:a80a (NVMe drive)");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(moved),
                cmocka_unit_test(moved_to_one_of_two),
                cmocka_unit_test(another_gpu_took_the_place),
                cmocka_unit_test(what_may_be_meant_is_refused),
                cmocka_unit_test(a_card_taken_out_is_a_warning),
                cmocka_unit_test(an_address_alone_that_is_no_gpu),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
