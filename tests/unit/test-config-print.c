// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is printed reads the same again, whatever was written. */
#include "config-world.h"

#define HOST "etc/gpuhost/host.d/a.yaml"
#define VM   "etc/gpuhost/vm.d/a.yaml"
#define BOX  "etc/gpuhost/container.d/a.yaml"

/* Every key there is, as it is printed. */
static const char host_text[] = "gpu_policy: switch\n"
                                "allowlist:\n"
                                "  - \"10de:*\"\n"
                                "  - \"1002:73bf\"\n"
                                "gpus:\n"
                                "  - name: big\n"
                                "    match:\n"
                                "      address: \"0000:01:00.0\"\n"
                                "      id: \"10de:2204\"\n"
                                "      subsystem: \"1043:1234\"\n"
                                "      slot: \"pci0000:00/0000:00:01.0\"\n"
                                "      serial: \"0123456789\"\n"
                                "    role: vgpu\n"
                                "    driver: nvgrace_gpu_vfio_pci\n"
                                "    policy: shared\n"
                                "    allow_console: true\n"
                                "    cordoned: true\n"
                                "    d3cold: false\n"
                                "    vfs: 8\n"
                                "  - match:\n"
                                "      id: \"1002:*\"\n"
                                "iommu:\n"
                                "  host_passthrough: true\n"
                                "hugepages:\n"
                                "  - size: 1G\n"
                                "    count: 16\n"
                                "    node: 0\n"
                                "  - size: 2M\n"
                                "    count: 512\n"
                                "kernel_arguments:\n"
                                "  manage: false\n"
                                "  extra:\n"
                                "    - \"pcie_aspm=off\"\n";

static const char vm_text[] = "description: \"a \\\"b\\\" \\\\ c: # é\"\n"
                              "profiles: []\n"
                              "autostart: true\n"
                              "resources:\n"
                              "  cpu_cores: 8\n"
                              "  memory_mb: 16384\n"
                              "  hugepages: 1G\n"
                              "  numa: 1\n"
                              "  cpu_pinning: \"0-3,8-11\"\n"
                              "gpu:\n"
                              "  - true\n"
                              "  - name: \"0000:01:00.0\"\n"
                              "  - match:\n"
                              "      id: \"10de:*\"\n"
                              "    count: 2\n"
                              "  - profile: L40S-1Q\n"
                              "devices:\n"
                              "  pci_passthrough:\n"
                              "    - \"0000:02:00.0\"\n"
                              "  allowlist:\n"
                              "    - \"10de:*\"\n"
                              "restart: on-failure\n"
                              "health_check:\n"
                              "  type: http\n"
                              "  endpoint: /health\n"
                              "  port: 80\n"
                              "  timeout_ms: 1\n"
                              "  interval_ms: 2\n"
                              "  retries: 4\n"
                              "workload:\n"
                              "  base_url: \"http://127.0.0.1:8080\"\n"
                              "start_timeout: 90s\n"
                              "stop_timeout: 2min\n"
                              "machine:\n"
                              "  accel: tcg\n"
                              "  cpu: max\n"
                              "  hide_hypervisor: true\n"
                              "firmware:\n"
                              "  type: uefi\n"
                              "  secure_boot: true\n"
                              "  tpm: false\n"
                              "disks:\n"
                              "  - source: \"UUID=12-34\"\n"
                              "    readonly: true\n"
                              "    serial: \"007\"\n"
                              "  - source: \"/srv/%i.qcow2\"\n"
                              "    format: qcow2\n"
                              "    create:\n"
                              "      size: 70G\n"
                              "networks:\n"
                              "  - type: user\n"
                              "    ports:\n"
                              "      - \"8080:80\"\n"
                              "      - \"192.0.2.1:53:53/udp\"\n"
                              "      - \"127.0.0.1:1:2\"\n"
                              "    mac: \"52:54:00:12:34:56\"\n"
                              "  - type: bridge\n"
                              "    bridge: br0\n"
                              "    address: \"10.0.0.2\"\n"
                              "  - type: tap\n"
                              "    tap: \"t-%i\"\n"
                              "    address: \"%i.lan\"\n"
                              "  - type: none\n"
                              "shares:\n"
                              "  - source: /srv/data\n"
                              "    tag: data\n"
                              "    readonly: true\n"
                              "cloud_init:\n"
                              "  user_data: /a\n"
                              "  meta_data: /b\n"
                              "  network_config: /c\n"
                              "credentials:\n"
                              "  a: /b\n"
                              "  c.d: /e\n";

static const char container_text[] = "profiles: []\n"
                                     "gpu: false\n"
                                     "engine: nspawn\n"
                                     "image: \"docker.io/ollama/ollama:latest\"\n"
                                     "command:\n"
                                     "  - serve\n"
                                     "  - \"--x\"\n"
                                     "  - \"a\\nb\\tc\"\n"
                                     "environment:\n"
                                     "  A: \"\"\n"
                                     "  B: \"yes\"\n"
                                     "  C: \"1.10\"\n"
                                     "ports:\n"
                                     "  - \"[::1]:53:53/udp\"\n"
                                     "  - \"11434:11434\"\n"
                                     "storage_volumes:\n"
                                     "  b:\n"
                                     "    path: /b\n"
                                     "  models:\n"
                                     "    size: 1536M\n"
                                     "    path: /root/.ollama\n"
                                     "mounts:\n"
                                     "  - source: /srv\n"
                                     "    path: /srv\n"
                                     "    readonly: false\n";

static void comes_out_as_it_went_in(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, HOST, host_text);
        config_world_write(w, VM, vm_text);
        assert_string_equal(config_world_load(w), "");
        assert_string_equal(config_world_print_host(w, false), host_text);
        assert_string_equal(config_world_print(w, "a", false), vm_text);
        config_world_remove(w, VM);
        config_world_write(w, BOX, container_text);
        assert_string_equal(config_world_load(w), "");
        assert_string_equal(config_world_print(w, "a", false), container_text);
}

/* Other ways to write the same. */
static void is_printed_in_one_way(void **state)
{
        static const struct {
                const char *text, *printed;
        } rows[] = {
                { "{\"resources\": {\"cpu_cores\": 8}}",         "resources:\n  cpu_cores: 8\n"     },
                { "{stop_timeout: 90, start_timeout: 1h30m}",
                 "start_timeout: 90min\nstop_timeout: 90s\n"                                        },
                { "gpu: [{name: 0000:0A:00.0}]",                 "gpu:\n  name: \"0000:0a:00.0\"\n" },
                { "gpu: [true]",                                 "gpu: true\n"                      },
                { "gpu: []",                                     "gpu: false\n"                     },
                { "resources: {hugepages: 1024M}",               "resources:\n  hugepages: 1G\n"    },
                { "resources: {hugepages: none, numa: auto}",
                 "resources:\n  hugepages: none\n  numa: auto\n"                                    },
                { "resources: {}",                               "resources: {}\n"                  },
                { "disks: [{source: /a, create: {size: 1024}}]",
                 "disks:\n  - source: /a\n    create:\n      size: 1K\n"                            },
                { "networks: [{}]",                              "networks:\n  - {}\n"              },
                { "networks: [{ports: [\"1:2/tcp\"]}]",
                 "networks:\n  - ports:\n      - \"1:2\"\n"                                         },
                { "description: 'it''s'",                        "description: \"it's\"\n"          },
                { "description: >-\n  two\n  lines",             "description: \"two lines\"\n"     },
                { "description: Null",                           ""                                 },
                { "devices: {allowlist: [10DE:22AF]}",
                 "devices:\n  allowlist:\n    - \"10de:22af\"\n"                                    },
        };
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                config_world_write(w, VM, rows[i].text);
                (void)config_world_load(w);
                assert_string_equal(config_world_print(w, "a", false), rows[i].printed);
        }
}

/* A replica stands for itself: it loads without those that it was made with. */
static void replicas_print_as_one(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, VM, "replicas: 2\nnetworks: [{ports: [\"80:80\"]}]\n");
        assert_string_equal(config_world_load(w), "");
        assert_string_equal(config_world_print(w, "a-2", false),
                            "networks:\n  - ports:\n      - \"81:80\"\n");
}

static void every_word(void **state)
{
        static const struct {
                const EnumTable *table;
                const char *path, *before;
        } rows[] = {
                { &gpu_policy_table,     HOST, "gpu_policy: "                                        },
                { &gpu_role_table,       HOST, "gpus:\n  - match:\n      id: \"10de:*\"\n    role: " },
                { &gpu_policy_table,     HOST,
                 "gpus:\n  - match:\n      id: \"10de:*\"\n    policy: "                             },
                { &restart_policy_table, VM,   "restart: "                                           },
                { &accel_table,          VM,   "machine:\n  accel: "                                 },
                { &firmware_type_table,  VM,   "firmware:\n  type: "                                 },
                { &disk_format_table,    VM,   "disks:\n  - source: /a\n    format: "                },
                { &engine_table,         BOX,  "engine: "                                            },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_config_world_ ConfigWorld *w = config_world_new();

                for (size_t j = 0; j < rows[i].table->n; j++) {
                        _cleanup_free_ char *text =
                                format_string("%s%s\n", rows[i].before, rows[i].table->names[j]);

                        config_world_write(w, rows[i].path, text);
                        assert_string_equal(config_world_load(w), "");
                        assert_string_equal(streq(rows[i].path, HOST)
                                                    ? config_world_print_host(w, false)
                                                    : config_world_print(w, "a", false),
                                            text);
                }
        }
}

/* A visitor hears the end of all that began, and stops the walk when it likes. */
typedef struct Count {
        size_t values, begun, ended, limit;
} Count;

static int count_value(void *userdata, const char *key, const ConfigValue *value, Origin origin)
{
        Count *c = userdata;

        assert_true(origin.file && origin.line > 0);
        return ++c->values == c->limit ? -ECANCELED : 0;
}

static int count_begin(void *userdata, const char *key, Origin origin)
{
        ((Count *)userdata)->begun++;
        return 0;
}

static int count_end(void *userdata)
{
        ((Count *)userdata)->ended++;
        return 0;
}

static void walks(void **state)
{
        static const ConfigVisitor visitor = {
                .value = count_value,
                .begin_map = count_begin,
                .begin_list = count_begin,
                .end = count_end,
        };
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        Count count = {};

        config_world_write(w, HOST, host_text);
        assert_string_equal(config_world_load(w), "");
        assert_int_equal(config_walk_host(&w->config.host, &visitor, &count), 0);
        assert_int_equal(count.values, 25);
        assert_int_equal(count.begun, count.ended);
        for (size_t i = 1; i <= 25; i++) {
                Count part = { .limit = i };

                assert_int_equal(config_walk_host(&w->config.host, &visitor, &part), -ECANCELED);
                assert_int_equal(part.values, i);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(comes_out_as_it_went_in),
                cmocka_unit_test(is_printed_in_one_way),
                cmocka_unit_test(replicas_print_as_one),
                cmocka_unit_test(every_word),
                cmocka_unit_test(walks),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
