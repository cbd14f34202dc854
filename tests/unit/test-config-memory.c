// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory that runs out, at every place where it can: each is -ENOMEM, nothing leaks, nothing is half
 * done. The linker leads our calls here; libyaml's own stay. */
#include "config-world.h"
#include "failing-memory.h"

#include <string.h>

/* All kinds of values, right and wrong, in few lines. */
static void write_files(ConfigWorld *w)
{
        config_world_write(w, "etc/gpuhost/host.d/a.yaml",
                           "allowlist: &l [\"10de:*\"]\nkernel_arguments: {extra: [a, b]}\n"
                           "gpus: [{name: big, match: {id: 10de:*, serial: x}}, {name: big}]\n"
                           "hugepages: [{size: 1G, count: 1}]\n");
        config_world_write(w, "etc/gpuhost/profile.d/p.yaml",
                           "disks: [{source: /a, create: {size: 1G}}]\nenvironment: {A: b}\n"
                           "devices: {allowlist: [\"10de:*\"], pci_passthrough: [0000:02:00.0]}\n"
                           "storage_volumes: {a: {path: /a}}\ngpu: [true, {name: big}]\n"
                           "resources: {cpu_pinning: 0-1}\n");
        config_world_write(w, "etc/gpuhost/vm.d/a.yaml",
                           "profiles: [p, q]\nreplicas: 2\ncredentials: {a: /b, c: d}\n"
                           "networks: [{ports: [\"80:80\", \"127.0.0.1:1:x\"]}]\nname: x\n"
                           "devices: {allowlist: []}\nrestart: nevr\nkernel: {image: /k}\n");
        config_world_write(w, "etc/gpuhost/vm.d/a-2.yaml", "gpu: {name: bug}\n");
        config_world_write(
                w, "etc/gpuhost/container.d/b.yaml",
                "profiles: [p]\nports: [\"80:80\"]\ncommand: [a]\nmounts: [{source: /a}]\n");
        config_world_write(w, "etc/gpuhost/container.d/c.yaml", "ports: [\"80:80\"]\n");
        config_world_write(w, "etc/gpuhost/container.d/d.yaml", "a: [\n");
        config_world_write(w, "etc/gpuhost/container.d/d.json", "{}");
        config_world_link(w, "etc/gpuhost/container.d/e.yaml", "nothing");
}

static int load(ConfigWorld *w, size_t number)
{
        int r;

        calls = 0;
        failing = number;
        r = config_load(w->root, 0, &w->config, &w->diag);
        failing = 0;
        return r;
}

static void every_place(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        size_t n_calls, n_remarks;

        write_files(w);
        assert_int_equal(load(w, 0), 0);
        n_calls = calls;
        n_remarks = w->diag.n;
        assert_true(n_calls > 300 && n_remarks > 10);
        for (size_t i = 1; i <= n_calls; i++) {
                int r;

                config_world_forget(w);
                r = load(w, i);
                /* A hint or a line may be lost, a remark never. */
                assert_true(r == -ENOMEM || (r == 0 && w->diag.n == n_remarks));
                assert_true(r == 0 || !w->config.instances);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_place),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
