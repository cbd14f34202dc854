// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory that runs out, at every place where it can: each is -ENOMEM, or costs a finding its fix or its
 * place at most; nothing leaks, nothing is half done. The linker leads the planner's calls here. */
#include "failing-memory.h"
#include "plan-world.h"

#include <string.h>

/* Something of everything that a plan can say. */
static World *world_of_all(void)
{
        World *w = world_new();
        Instance *a;

        world_console(w);
        world_gpu(w, "0000:0c:00.0");
        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "snd_hda_intel", 12);
        world_gpu(w, "0000:0d:00.0");
        world_function(w, "0000:0e:00.0", 0x0108, "144d:a80a", "nvme", 13);
        world_gpu(w, "0000:0f:00.0")->sriov_total = 8;
        world_protect(w, "0000:0e:00.0", "holds /");
        world_match_id(&world_entry(w, ROLE_PASSTHROUGH, NULL, NULL)->match, "10de:2204");
        world_entry(w, ROLE_PASSTHROUGH, "big", "0000:0c:00.0");
        world_entry(w, ROLE_VGPU, NULL, "0000:0f:00.0")->vfs = 2;
        world_match_id(&world_entry(w, ROLE_HOST, "moved", "0000:0e:00.0")->match, "10de:2206");
        w->config.host.iommu.host_passthrough = true;
        world_claim(w, "0000:0c:00.0", "a");
        a = world_vm(w, "a");
        world_ask_pool(w, a, "10de:*", 1);
        world_take(w, a, "0000:0e:00.0");
        world_ask_pool(w, world_vm(w, "b"), "10de:*", 1);
        world_ask_name(w, world_vm(w, "c"), "big");
        world_ask_name(w, world_vm(w, "d"), "bog");
        world_ask_profile(w, world_vm(w, "e"), "x");
        world_ask(w, world_container(w, "f"))->any = true;
        world_argument(w, "amd_iommu=on");
        (void)world_plan(w, PLAN_RUNTIME);
        return w;
}

static void every_place(void **state)
{
        _cleanup_world_ World *w = world_of_all();
        size_t n;

        calls = failing = 0;
        plan_done(&w->plan);
        assert_int_equal(plan_build(&w->config, &w->machine, PLAN_RUNTIME, &w->plan), 0);
        n = calls;
        assert_true(n > 50);
        for (size_t i = 1; i <= n; i++) {
                Plan plan = {};
                int r;

                calls = 0;
                failing = i;
                r = plan_build(&w->config, &w->machine, PLAN_RUNTIME, &plan);
                failing = 0;
                if (r == 0) {
                        assert_int_equal(plan.n_steps, w->plan.n_steps);
                        assert_int_equal(plan.findings.n, w->plan.findings.n);
                        assert_int_equal(plan.n_assignments, w->plan.n_assignments);
                        plan_done(&plan);
                        continue;
                }
                assert_int_equal(r, -ENOMEM);
                assert_null(plan.gpus);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
