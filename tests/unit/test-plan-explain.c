// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/explain.h"

#include "plan-world.h"
#include "util/buf.h"

static void assert_explained(World *w, const char *address, const char *expected)
{
        const GpuPlan *gpu = world_gpu_plan(w, address);
        _cleanup_explain_lines_ ExplainLines lines = {};
        StrBuf s = {};

        assert_int_equal(plan_explain(&w->plan, &w->config, &w->machine, gpu, &lines), 0);
        for (size_t i = 0; i < lines.n; i++)
                str_buf_printf(&s, "%s: %s\n", lines.items[i].label, lines.items[i].text);
        assert_string_equal(str_buf_get(&s), expected);
        str_buf_done(&s);
}

static void one_that_leaves(void **state)
{
        _cleanup_world_ World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0")->device_name = (char *)"GA102";
        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "snd_hda_intel", 12);
        world_match_id(&world_entry(w, ROLE_HOST, NULL, NULL)->match, "10de:*");
        world_entry(w, ROLE_PASSTHROUGH, "big", "0000:0c:00.0");
        w->config.host.allowlist.origin = (Origin){ .file = "host.yaml", .line = 1 };
        world_ask_name(w, world_vm(w, "trainer"), "big");
        assert_explained(w, "0000:0c:00.0",
                         "gpu: 0000:0c:00.0 10de:2204 GA102\n"
                         "name: big\n"
                         "role: passthrough (host.yaml:11)\n"
                         "overridden: host (host.yaml:10)\n"
                         "verdict: may leave the host\n"
                         "allowlist: \"10de:*\" lets it leave (host.yaml:1)\n"
                         "driver: nvidia, should be vfio-pci\n"
                         "slot: 0000:0c:00.1 (audio function, driver snd_hda_intel) goes along\n"
                         "group: 12, and nobody else in it\n"
                         "reset: flr bus\n"
                         "policy: exclusive\n"
                         "claim: free\n"
                         "users: trainer\n");
}

static void one_that_stays(void **state)
{
        _cleanup_world_ World *w = world_new();
        char *nodes[] = { (char *)"card0" };
        PciDevice *d = world_console(w);

        d->drm_nodes = (StrList){ .items = nodes, .n = 1 };
        assert_explained(w, "0000:01:00.0",
                         "gpu: 0000:01:00.0 1a03:2000\n"
                         "role: host (no gpus: entry matches it)\n"
                         "verdict: stays with the host\n"
                         "allowlist: nothing in it lets 1a03:2000 leave\n"
                         "console: it drives the boot console\n"
                         "driver: ast\n"
                         "group: 1, and nobody else in it\n"
                         "reset: flr bus\n"
                         "policy: exclusive\n"
                         "claim: free\n"
                         "nodes: /dev/dri/card0\n");
}

static void one_that_is_refused(void **state)
{
        _cleanup_world_ World *w = world_new();

        world_console(w)->reset_methods = NULL;
        world_entry(w, ROLE_PASSTHROUGH, "bmc", "0000:01:00.0")->cordoned = true;
        world_allow(w, "1a03:2000");
        world_claim(w, "0000:01:00.0", "vm");
        assert_explained(
                w, "0000:01:00.0",
                "gpu: 0000:01:00.0 1a03:2000\n"
                "name: bmc\n"
                "role: passthrough (host.yaml:10)\n"
                "verdict: refused: console: GPU 0000:01:00.0 (bmc) drives the boot console, "
                "and its entry does not say allow_console: true; cordoned: nothing new "
                "starts on it\n"
                "allowlist: \"1a03:2000\" lets it leave\n"
                "console: it drives the boot console\n"
                "driver: ast\n"
                "group: 1, and nobody else in it\n"
                "policy: exclusive\n"
                "claim: vm has it now\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_that_leaves),
                cmocka_unit_test(one_that_stays),
                cmocka_unit_test(one_that_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
