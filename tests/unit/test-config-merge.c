// SPDX-License-Identifier: LGPL-2.1-or-later
/* What becomes of several files that speak of one thing. */
#include "config-world.h"

#define HOST    "etc/gpuhost/host.d/"
#define PROFILE "etc/gpuhost/profile.d/"
#define VM      "etc/gpuhost/vm.d/"
#define BOX     "etc/gpuhost/container.d/"

static void host_files(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, "etc/gpuhost/host.d/20-a.yaml",
                           "gpu_policy: exclusive\nallowlist: [\"10de:*\"]\n"
                           "kernel_arguments: {extra: [a=1], manage: false}\n"
                           "gpus: [{name: one, match: {id: 10de:2204}}]\n");
        config_world_write(w, "usr/lib/gpuhost/host.d/30-b.yaml",
                           "gpu_policy: shared\nkernel_arguments: {extra: [b=2]}\n");
        config_world_write(w, "run/gpuhost/host.d/40-c.json",
                           "{\"gpu_policy\": \"switch\", \"allowlist\": [\"1002:73bf\"],\n"
                           " \"gpus\": [{\"match\": {\"id\": \"10DE:*\"}}]}");
        assert_string_equal(config_world_load(w), "");
        assert_true(w->config.host_valid && w->config.host.declared);
        assert_string_equal(config_world_print_host(w, true),
                            "gpu_policy: switch  # /run/gpuhost/host.d/40-c.json:1\n"
                            "allowlist:\n"
                            "  - \"10de:*\"  # /etc/gpuhost/host.d/20-a.yaml:2\n"
                            "  - \"1002:73bf\"  # /run/gpuhost/host.d/40-c.json:1\n"
                            "gpus:\n"
                            "  - name: one  # /etc/gpuhost/host.d/20-a.yaml:4\n"
                            "    match:\n"
                            "      id: \"10de:2204\"  # /etc/gpuhost/host.d/20-a.yaml:4\n"
                            "  - match:\n"
                            "      id: \"10de:*\"  # /run/gpuhost/host.d/40-c.json:2\n"
                            "kernel_arguments:\n"
                            "  manage: false  # /etc/gpuhost/host.d/20-a.yaml:3\n"
                            "  extra:\n"
                            "    - \"a=1\"  # /etc/gpuhost/host.d/20-a.yaml:3\n"
                            "    - \"b=2\"  # /usr/lib/gpuhost/host.d/30-b.yaml:2\n");
}

static void empty_list_empties(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, HOST "10.yaml",
                           "allowlist: [\"10de:*\"]\nhugepages: [{size: 1G, count: 2}]\n"
                           "kernel_arguments: {extra: [a]}\n");
        config_world_write(w, HOST "20.yaml",
                           "allowlist: []\nhugepages: []\nkernel_arguments: {extra: []}\n");
        config_world_write(w, HOST "30.yaml", "kernel_arguments: {extra: [b]}\n");
        assert_string_equal(config_world_load(w), "");
        assert_string_equal(config_world_print_host(w, false),
                            "allowlist: []\nhugepages: []\nkernel_arguments:\n  extra:\n"
                            "    - b\n");
        assert_true(w->config.host.allowlist.present);
}

static void nothing_declared(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        assert_string_equal(config_world_load(w), "");
        assert_true(w->config.host_valid);
        assert_false(w->config.host.declared);
        assert_false(w->config.host.allowlist.present);
        assert_true(w->config.host.kernel_arguments.manage);
        config_world_write(w, HOST "a.yaml", "# all is left to its default\n");
        assert_string_equal(config_world_load(w), "");
        assert_false(w->config.host.declared);
}

static void profiles(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, PROFILE "one.yaml",
                           "resources: {cpu_cores: 2, memory_mb: 2048}\n"
                           "disks: [{source: /one}]\nshares: [{source: /one, tag: one}]\n"
                           "firmware: {type: uefi, tpm: true}\ngpu: {name: nothing}\n"
                           "health_check: {type: tcp, port: 1, retries: 7}\n"
                           "environment: {A: one}\n");
        config_world_write(w, PROFILE "two.yaml",
                           "resources: {memory_mb: 4096, numa: none}\n"
                           "disks: [{source: /two}]\nshares: []\n"
                           "firmware: {secure_boot: true}\n"
                           "health_check: {type: running}\n");
        config_world_write(w, VM "vm.yaml",
                           "profiles: [one, two]\nresources: {cpu_cores: 8}\n"
                           "disks: [{source: /vm}]\ngpu: true\n");
        assert_string_equal(config_world_load(w), "");
        assert_string_equal(config_world_print(w, "vm", false),
                            "profiles: []\n"
                            "resources:\n  cpu_cores: 8\n  memory_mb: 4096\n  numa: none\n"
                            "gpu: true\n"
                            "health_check:\n  type: running\n"
                            "firmware:\n  secure_boot: true\n"
                            "disks:\n  - source: /one\n  - source: /two\n  - source: /vm\n"
                            "shares: []\n");
        assert_int_equal(config_world_instance(w, "vm")->health_check.retries, 3);
        assert_int_equal(config_world_instance(w, "vm")->profiles.n, 2);
}

static void maps_merge_by_key(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, PROFILE "p.yaml",
                           "environment: {B: p, A: p}\n"
                           "storage_volumes: {models: {size: 70G, path: /p}, cache: {path: /c}}\n");
        config_world_write(w, BOX "box.yaml",
                           "profiles: [p]\nenvironment: {C: box, B: box}\n"
                           "storage_volumes: {models: {path: /box}, extra: {path: /e}}\n");
        assert_string_equal(config_world_load(w), "");
        assert_string_equal(config_world_print(w, "box", true),
                            "profiles: []  # /etc/gpuhost/container.d/box.yaml:1\n"
                            "environment:\n"
                            "  A: p  # /etc/gpuhost/profile.d/p.yaml:1\n"
                            "  B: box  # /etc/gpuhost/container.d/box.yaml:2\n"
                            "  C: box  # /etc/gpuhost/container.d/box.yaml:2\n"
                            "storage_volumes:\n"
                            "  cache:\n"
                            "    path: /c  # /etc/gpuhost/profile.d/p.yaml:2\n"
                            "  extra:\n"
                            "    path: /e  # /etc/gpuhost/container.d/box.yaml:3\n"
                            "  models:\n"
                            "    size: 70G  # /etc/gpuhost/profile.d/p.yaml:2\n"
                            "    path: /box  # /etc/gpuhost/container.d/box.yaml:3\n");
}

/* A profile may serve both kinds: what the other kind would need is passed over. */
static void keys_of_the_other_kind(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(
                w, PROFILE "default.yaml",
                "autostart: true\nimage: debian\nresources: {cpu_cores: 3, hugepages: 1G}\n"
                "firmware: {tpm: true}\n");
        config_world_write(w, VM "vm.yaml", "# all from its profile\n");
        config_world_write(w, BOX "box.yaml", "engine: nspawn\n");
        assert_string_equal(config_world_load(w), "");
        assert_string_equal(
                config_world_print(w, "vm", false),
                "profiles: []\nautostart: true\n"
                "resources:\n  cpu_cores: 3\n  hugepages: 1G\nfirmware:\n  tpm: true\n");
        assert_string_equal(config_world_print(w, "box", false),
                            "profiles: []\nautostart: true\nresources:\n  cpu_cores: 3\n"
                            "engine: nspawn\nimage: debian\n");
}

static void default_profile(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, "usr/lib/gpuhost/profile.d/default.yaml",
                           "resources: {cpu_cores: 3}\n");
        config_world_write(w, VM "a.yaml", "autostart: true\n");
        config_world_write(w, VM "b.yaml", "profiles: []\n");
        assert_string_equal(config_world_load(w), "");
        assert_int_equal(config_world_instance(w, "a")->resources.cpu_cores, 3);
        assert_int_equal(config_world_instance(w, "b")->resources.cpu_cores, 2);
        config_world_write(w, PROFILE "default.yaml", ""); /* masks */
        config_world_write(w, VM "b.yaml", "profiles: [default]\n");
        assert_string_equal(config_world_load(w), "");
        assert_int_equal(config_world_instance(w, "a")->resources.cpu_cores, 2);
        assert_int_equal(config_world_instance(w, "b")->resources.cpu_cores, 2);
}

static void gates_stay_apart(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        const Devices *devices;

        config_world_write(w, PROFILE "p.yaml",
                           "devices: {allowlist: [\"10de:*\", \"1002:73bf\", \"8086:1\"]}\n");
        config_world_write(w, PROFILE "q.yaml",
                           "devices: {allowlist: [\"1002:*\", \"10de:*\", \"10de:2204\"],\n"
                           "          pci_passthrough: [0000:02:00.0]}\n");
        config_world_write(w, VM "a.yaml",
                           "profiles: [p, q]\ndevices: {allowlist: [\"10de:2204\", \"1002:*\"],\n"
                           "pci_passthrough: [0000:03:00.0, 0000:02:00.0]}\n");
        config_world_write(w, VM "b.yaml", "profiles: [p]\ndevices: {allowlist: []}\n");
        /* 8086:1 is wrong: an ID has four digits. */
        assert_string_not_equal(config_world_load(w), "");
        config_world_write(w, PROFILE "p.yaml",
                           "devices: {allowlist: [\"10de:*\", \"1002:73bf\", \"8086:0001\"]}\n");
        assert_string_equal(config_world_load(w), "");
        devices = &config_world_instance(w, "a")->devices;
        assert_int_equal(devices->n_gates, 3);
        assert_int_equal(devices->gates[0].n, 3);
        assert_int_equal(devices->gates[2].n, 2);
        assert_int_equal(devices->pci_passthrough.n, 2); /* one of them twice: once is enough */
        /* Shown is what passes all. */
        assert_string_equal(config_world_print(w, "a", true),
                            "profiles: []  # /etc/gpuhost/vm.d/a.yaml:1\n"
                            "devices:\n"
                            "  pci_passthrough:\n"
                            "    - \"0000:02:00.0\"  # /etc/gpuhost/profile.d/q.yaml:2\n"
                            "    - \"0000:03:00.0\"  # /etc/gpuhost/vm.d/a.yaml:3\n"
                            "  allowlist:\n"
                            "    - \"1002:73bf\"  # /etc/gpuhost/profile.d/p.yaml:1\n"
                            "    - \"10de:2204\"  # /etc/gpuhost/profile.d/q.yaml:1\n");
        assert_string_equal(config_world_print(w, "b", false),
                            "profiles: []\ndevices:\n  allowlist: []\n");
        assert_int_equal(config_world_instance(w, "b")->devices.n_gates, 2);
}

static void kernel_and_firmware(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, PROFILE "efi.yaml", "firmware: {tpm: true}\n");
        config_world_write(w, PROFILE "direct.yaml", "kernel: {image: /k}\n");
        config_world_write(w, VM "a.yaml", "profiles: [efi]\nkernel: {image: /vmlinuz}\n");
        config_world_write(w, VM "b.yaml", "profiles: [direct]\nfirmware: {type: bios}\n");
        config_world_write(w, VM "c.yaml", "profiles: [efi, direct]\n");
        assert_string_equal(config_world_load(w), "");
        assert_string_equal(config_world_print(w, "a", false),
                            "profiles: []\nkernel:\n  image: /vmlinuz\n");
        assert_string_equal(config_world_print(w, "b", false),
                            "profiles: []\nfirmware:\n  type: bios\n");
        assert_string_equal(config_world_print(w, "c", false),
                            "profiles: []\nkernel:\n  image: /k\n");
        assert_false(config_world_instance(w, "a")->firmware.tpm);
        assert_null(config_world_instance(w, "b")->kernel.image);
}

static void defaults(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        const Instance *vm, *box;

        config_world_write(w, VM "vm.yaml", "networks: [{}]\ngpu: {match: {id: 10de:*}}\n");
        config_world_write(w, BOX "box.yaml", "gpu: false\n");
        assert_string_equal(config_world_load(w), "");
        vm = config_world_instance(w, "vm");
        box = config_world_instance(w, "box");
        assert_int_equal(vm->resources.cpu_cores, 2);
        assert_int_equal(vm->resources.memory_mb, 2048);
        assert_int_equal(vm->resources.numa.mode, NUMA_AUTO);
        assert_int_equal(vm->restart, RESTART_NEVER);
        assert_int_equal(vm->firmware.type, FIRMWARE_UEFI);
        assert_int_equal(vm->networks[0].type, NETWORK_USER);
        assert_int_equal(vm->start_timeout, 90000000);
        assert_int_equal(vm->health_check.timeout_ms, 30000);
        assert_int_equal(vm->gpu.items[0].count, 1);
        assert_false(vm->gpu.items[0].any);
        assert_int_equal(vm->replicas, 1);
        assert_int_equal(box->resources.cpu_cores, 0); /* no limit */
        assert_int_equal(box->resources.memory_mb, 0);
        assert_int_equal(box->engine, ENGINE_PODMAN);
        assert_true(box->gpu.present && box->gpu.n == 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(host_files),        cmocka_unit_test(empty_list_empties),
                cmocka_unit_test(nothing_declared),  cmocka_unit_test(profiles),
                cmocka_unit_test(maps_merge_by_key), cmocka_unit_test(keys_of_the_other_kind),
                cmocka_unit_test(default_profile),   cmocka_unit_test(gates_stay_apart),
                cmocka_unit_test(defaults),          cmocka_unit_test(kernel_and_firmware),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
