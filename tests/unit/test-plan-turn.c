// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/turn.h"

#include "plan-world.h"

#define CARD   "0000:0c:00.0"
#define OTHER  "0000:0d:00.0"
#define DEVICE "0000:20:00.0"

/* Two cards under this policy, and `b`, which wants the first of them. */
static World *world_of(GpuPolicy policy)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, CARD);
        world_gpu(w, OTHER);
        w->config.host.gpu_policy = policy;
        world_entry(w, ROLE_PASSTHROUGH, "big", CARD)->policy = policy;
        world_entry(w, ROLE_PASSTHROUGH, "small", OTHER)->policy = policy;
        world_ask_name(w, world_vm(w, "b"), "big");
        return w;
}

static void assert_turn(World *w, const char *instance, const char *expected)
{
        _cleanup_str_list_ StrList holders = {};
        _cleanup_free_ char *refusal = NULL;
        char text[256] = "";
        int r = plan_turn(&w->plan, &w->config, &w->machine, world_assignment(w, instance),
                          &holders, &refusal);

        assert_int_equal(r, refusal ? -EBUSY : 0);
        for (size_t i = 0; i < holders.n; i++)
                (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                               i > 0 ? " " : "", holders.items[i]);
        assert_string_equal(refusal ? refusal : text, expected);
}

static void nobody_has_it(void **state)
{
        _cleanup_world_ World *w = world_of(POLICY_SWITCH);

        assert_turn(w, "b", "");
}

static void its_own_and_those_of_others_do_not_count(void **state)
{
        _cleanup_world_ World *w = world_of(POLICY_SWITCH);

        world_ask_name(w, world_vm(w, "c"), "small");
        world_claim(w, CARD, "b");
        world_claim(w, OTHER, "c");
        assert_turn(w, "b", "");
        assert_turn(w, "c", "");
}

static void who_has_it_goes(void **state)
{
        _cleanup_world_ World *w = world_of(POLICY_SWITCH);

        world_ask_name(w, world_vm(w, "a"), "big");
        world_claim(w, CARD, "a");
        assert_turn(w, "b", "a");
        assert_turn(w, "a", "");
}

static void several_have_what_it_wants(void **state)
{
        _cleanup_world_ World *w = world_of(POLICY_SWITCH);
        Instance *both = world_vm(w, "both");

        world_ask_name(w, both, "big");
        world_ask_name(w, both, "small");
        world_claim(w, CARD, "b");
        world_claim(w, OTHER, "z");
        assert_turn(w, "both", "b z");
}

static void one_that_has_all_is_named_once(void **state)
{
        _cleanup_world_ World *w = world_of(POLICY_SWITCH);
        Instance *both = world_vm(w, "both");

        world_ask_name(w, both, "big");
        world_ask_name(w, both, "small");
        world_claim(w, CARD, "a");
        world_claim(w, OTHER, "a");
        assert_turn(w, "both", "a");
}

static void no_turns_where_the_policy_has_none(void **state)
{
        _cleanup_world_ World *w = world_of(POLICY_EXCLUSIVE);

        world_claim(w, CARD, "stranger");
        assert_turn(
                w, "b",
                "GPU 0000:0c:00.0 (big) is in use by 'stranger', and its policy is exclusive: set "
                "policy: switch in its gpus: entry to let instances take turns, or stop that "
                "one by hand");
}

static void devices_follow_the_host(void **state)
{
        _cleanup_world_ World *w = world_of(POLICY_SWITCH);

        world_function(w, DEVICE, 0x0c03, "1b21:2142", "xhci_hcd", 0x20);
        world_allow(w, "1b21:2142");
        world_take(w, world_vm(w, "usb"), DEVICE);
        world_claim(w, DEVICE, "a");
        assert_turn(w, "usb", "a");
        assert_turn(w, "b", "");
        w->config.host.gpu_policy = POLICY_EXCLUSIVE;
        assert_turn(w, "usb",
                    "0000:20:00.0 is in use by 'a', and its policy is exclusive: set gpu_policy: "
                    "switch in host.d to let instances take turns, or stop that one by hand");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nobody_has_it),
                cmocka_unit_test(its_own_and_those_of_others_do_not_count),
                cmocka_unit_test(who_has_it_goes),
                cmocka_unit_test(several_have_what_it_wants),
                cmocka_unit_test(one_that_has_all_is_named_once),
                cmocka_unit_test(no_turns_where_the_policy_has_none),
                cmocka_unit_test(devices_follow_the_host),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
