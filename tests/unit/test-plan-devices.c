// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

/* A free network card in a group of its own, which may leave. */
static World *world_of_nic(void)
{
        World *w = world_new();

        world_console(w);
        world_function(w, "0000:05:00.0", 0x0200, "8086:1533", "igb", 5);
        world_allow(w, "8086:*");
        return w;
}

static const char *refusal_of(World *w, const char *address)
{
        world_take(w, world_vm(w, "vm"), address);
        assert_true(world_assignment(w, "vm")->refused);
        return world_assignment(w, "vm")->refusal;
}

static void a_free_one_is_taken_at_start(void **state)
{
        _cleanup_world_ World *w = world_of_nic();

        world_take(w, world_vm(w, "vm"), "0000:05:00.0");
        assert_no_findings(w);
        assert_steps(w, "");
        assert_gets(w, "vm", "");
}

static void missing(void **state)
{
        _cleanup_world_ World *w = world_of_nic();

        assert_string_equal(refusal_of(w, "0000:aa:00.0"),
                            "vm asks for 0000:aa:00.0, and there is no device at that address");
        assert_int_equal(world_finding(w, FINDING_DEVICE_MISSING, 0)->line, 5);
}

static void a_bridge(void **state)
{
        _cleanup_world_ World *w = world_of_nic();

        world_function(w, "0000:00:01.0", PCI_CLASS_BRIDGE_PCI, "8086:1901", "pcieport", 9);
        assert_string_equal(refusal_of(w, "0000:00:01.0"),
                            "vm asks for 0000:00:01.0, which is a bridge and stays with the host");
}

static void what_the_host_lives_on(void **state)
{
        _cleanup_world_ World *w = world_of_nic();

        world_protect(w, "0000:05:00.0", "carries the default route (eth0)");
        assert_string_equal(refusal_of(w, "0000:05:00.0"),
                            "vm asks for 0000:05:00.0 (network card), which carries the default "
                            "route (eth0)");
}

static void not_on_the_list(void **state)
{
        _cleanup_world_ World *w = world_of_nic();

        w->config.host.allowlist.n = 1; /* NVIDIA alone */
        assert_string_equal(refusal_of(w, "0000:05:00.0"),
                            "vm asks for 0000:05:00.0 (network card, 8086:1533), which the host's "
                            "allowlist does not let pass");
}

static void not_alone_in_its_group(void **state)
{
        _cleanup_world_ World *w = world_of_nic();
        Instance *vm;

        world_function(w, "0000:05:00.1", 0x0200, "8086:1533", "igb", 5);
        assert_string_equal(
                refusal_of(w, "0000:05:00.0"),
                "vm asks for 0000:05:00.0, which shares IOMMU group 5 with what stays on "
                "the host: 0000:05:00.1 (network card, driver igb)");
        vm = w->instances[0];
        world_take(w, vm, "0000:05:00.1");
        assert_no_findings(w);
}

static void two_vms_on_one(void **state)
{
        _cleanup_world_ World *w = world_of_nic();

        world_take(w, world_vm(w, "b"), "0000:05:00.0");
        world_take(w, world_vm(w, "a"), "0000:05:00.0");
        assert_message(w, FINDING_DEVICE_SHARED, "2 VMs ask for 0000:05:00.0: a and b");
        assert_gets(w, "a", "refused");
        assert_gets(w, "b", "refused");
        w->config.host.gpu_policy = POLICY_SWITCH;
        w->changed = true;
        assert_no_findings(w);
}

/* Volant's manifests name their GPU so. */
static void a_gpu_named_here_is_asked_for(void **state)
{
        _cleanup_world_ World *w = world_of_nic();
        Instance *vm = world_vm(w, "vm");

        world_gpu(w, "0000:0c:00.0");
        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "snd_hda_intel", 12);
        world_entry(w, ROLE_PASSTHROUGH, "big", "0000:0c:00.0");
        world_take(w, vm, "0000:0c:00.0");
        world_take(w, vm, "0000:0c:00.1");
        assert_no_findings(w);
        assert_gets(w, "vm", "0000:0c:00.0");
        world_ask_name(w, world_vm(w, "other"), "big");
        assert_int_equal(world_n_findings(w, FINDING_POLICY_CONFLICT), 1);
}

static void a_companion_without_its_gpu(void **state)
{
        _cleanup_world_ World *w = world_of_nic();

        world_gpu(w, "0000:0c:00.0");
        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "snd_hda_intel", 12);
        world_entry(w, ROLE_PASSTHROUGH, "big", "0000:0c:00.0");
        assert_string_equal(
                refusal_of(w, "0000:0c:00.1"),
                "vm asks for 0000:0c:00.1, which goes along with GPU 0000:0c:00.0 (big), "
                "without asking for that");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_free_one_is_taken_at_start),
                cmocka_unit_test(missing),
                cmocka_unit_test(a_bridge),
                cmocka_unit_test(what_the_host_lives_on),
                cmocka_unit_test(not_on_the_list),
                cmocka_unit_test(not_alone_in_its_group),
                cmocka_unit_test(two_vms_on_one),
                cmocka_unit_test(a_gpu_named_here_is_asked_for),
                cmocka_unit_test(a_companion_without_its_gpu),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
