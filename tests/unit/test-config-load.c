// SPDX-License-Identifier: LGPL-2.1-or-later
/* From files to all instances: names, replicas, references, and what is said about them. */
#include "config-world.h"

#define HOST    "etc/gpuhost/host.d/"
#define PROFILE "etc/gpuhost/profile.d/"
#define VM      "etc/gpuhost/vm.d/"
#define BOX     "etc/gpuhost/container.d/"

static void as_printed(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        _cleanup_str_buf_ StrBuf b = {};

        config_world_write(w, VM "a.yaml", "restart: always\n\tgpu: true\n");
        config_world_write(w, VM "b.yaml", "gpus: true\n");
        config_world_write(w, VM "c.yaml", "disks:\n  - {source: \"é/x\", readonly: yes}\n");
        (void)config_world_load(w);
        for (size_t i = 0; i < w->diag.n; i++)
                diag_item_format(w->diag.items + i, &b);
        assert_string_equal(
                str_buf_get(&b),
                "/etc/gpuhost/vm.d/a.yaml:2:1: error: a tab where YAML wants spaces\n"
                "     gpu: true\n"
                "    ^ indent with spaces\n"
                "/etc/gpuhost/vm.d/b.yaml:1:1: error: unknown key 'gpus'\n"
                "    gpus: true\n"
                "    ^ did you mean 'gpu'?\n"
                "/etc/gpuhost/vm.d/c.yaml:2:14: error: 'é/x' is no value for 'source'\n"
                "      - {source: \"é/x\", readonly: yes}\n"
                "                 ^ a path is absolute: it begins with '/'\n"
                "/etc/gpuhost/vm.d/c.yaml:2:31: error: 'yes' is no value for 'readonly'\n"
                "      - {source: \"é/x\", readonly: yes}\n"
                "                                  ^ write true\n");
}

/* Of a long line, what is near; of bytes that no terminal should get, nothing. */
static void lines_shown(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        _cleanup_str_buf_ StrBuf long_line = {};
        const DiagItem *item;

        str_buf_add(&long_line, "{\"description\": \"");
        str_buf_fill(&long_line, 'x', 200);
        str_buf_add(&long_line, "\", \"restart\": \"é\", \"command\": \"");
        str_buf_fill(&long_line, 'y', 200);
        str_buf_add(&long_line, "\"}");
        config_world_write(w, VM "a.json", str_buf_get(&long_line));
        config_world_write(w, VM "b.yaml", "a: \x1b[31m\xff\n");
        (void)config_world_load(w);
        assert_int_equal(w->diag.n, 3);
        item = w->diag.items;
        assert_int_equal(item->column, 232);
        assert_string_equal(item->source + item->caret - 1 + sizeof("…") - 2,
                            "\"é\", \"command\": \"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…");
        item = w->diag.items + 2;
        assert_string_equal(item->source, "a: ?[31m?");
        assert_int_equal(item->caret, 0);
}

static void all_errors_at_once(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, HOST "a.yaml", "gpu_policy: none\n");
        config_world_write(w, HOST "b.yaml", "iommu: {a: b}\n");
        config_world_write(w, PROFILE "p.yaml", "resources: [1]\n");
        config_world_write(w, VM "a.yaml", "profiles: [p]\nautostart: 1\n");
        config_world_write(w, VM "good.yaml", "gpu: {name: whatever}\n");
        config_world_write(w, BOX "c.yaml", "a: [\n");
        assert_string_equal(config_world_load(w),
                            "container.d/c.yaml:1:4: a '[' that is never closed\n"
                            "host.d/a.yaml:1:13: 'none' is no value for 'gpu_policy'"
                            " | expected exclusive, switch or shared\n"
                            "host.d/b.yaml:1:9: unknown key 'a'\n"
                            "profile.d/p.yaml:1:12: 'resources' takes a map, not a list"
                            " | expected a map such as {cpu_cores: 8, memory_mb: 16384}\n"
                            "vm.d/a.yaml:1:12: profile 'p' is wrong itself"
                            " | correct /etc/gpuhost/profile.d/p.yaml\n"
                            "vm.d/a.yaml:2:12: '1' is no value for 'autostart' | write true\n");
        assert_false(w->config.host_valid);
        assert_false(config_world_instance(w, "a")->valid);
        assert_false(config_world_instance(w, "c")->valid);
        /* With host.d wrong, nobody knows which GPUs have names. */
        assert_true(config_world_instance(w, "good")->valid);
        assert_false(w->config.profiles[0]->valid);
}

static void too_many_errors(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        _cleanup_str_buf_ StrBuf b = {};

        for (size_t i = 0; i < 1000; i++)
                str_buf_printf(&b, "key%zu: 1\n", i);
        config_world_write(w, VM "a.yaml", str_buf_get(&b));
        (void)config_world_load(w);
        assert_int_equal(w->diag.n, 100);
        assert_string_equal(w->diag.items[99].message,
                            "too many errors: what else is wrong here is not told");
}

static void references(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, HOST "a.yaml", "gpus: [{name: big, match: {id: 10de:2204}}]\n");
        config_world_write(w, PROFILE "cuda-guest.yaml", "autostart: true\n");
        config_world_write(w, PROFILE "p.yaml", "gpu: {name: gone}\n");
        config_world_write(w, VM "a.yaml", "profiles: [cuda-gest, p]\ngpu: {name: big}\n");
        config_world_write(w, VM "b.yaml", "gpu:\n- {name: big}\n- {name: bog}\n");
        config_world_write(w, VM "c.yaml", "profiles: [p]\n");
        config_world_write(w, VM "d.yaml", "gpu: {name: 0000:0A:00.0}\n");
        assert_string_equal(
                config_world_load(w),
                "profile.d/p.yaml:1:7: no gpus: entry is named 'gone'\n"
                "vm.d/a.yaml:1:12: no profile is named 'cuda-gest' | did you mean 'cuda-guest'?\n"
                "vm.d/b.yaml:3:4: no gpus: entry is named 'bog' | did you mean 'big'?\n");
        assert_string_equal(w->diag.items[0].code, "config-reference");
        assert_string_equal(w->diag.items[1].code, "config-reference");
        assert_false(config_world_instance(w, "c")->valid);
        assert_true(w->config.profiles[1]->valid);
        assert_string_equal(config_world_instance(w, "d")->gpu.items[0].name, "0000:0a:00.0");
}

static void shared_ports(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, VM "a.yaml",
                           "networks: [{ports: [\"80:80\", \"127.0.0.1:81:81\"]}]\n");
        config_world_write(w, VM "b.yaml",
                           "networks: [{ports: [\"80:80/udp\", \"127.0.0.2:81:81\"]}]\n");
        config_world_write(w, BOX "c.yaml", "ports: [\"127.0.0.1:80:1\"]\n");
        assert_string_equal(
                config_world_load(w),
                "container.d/c.yaml:1:9: warning: 'c' forwards port 80 of the host, as 'a' does"
                " | only one of them can run at a time\n");
        assert_string_equal(w->diag.items[0].code, "port-clash");
        assert_string_equal(w->diag.items[0].source, "ports: [\"127.0.0.1:80:1\"]");
        assert_true(config_world_instance(w, "c")->valid);
}

static void health_checks(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        const char *check = "health_check: {type: http, port: 80}\n";
        static const struct {
                const char *text, *remarks;
        } rows[] = {
                { "",                                                               "" }, /* the network that there is without `networks:` */
                { "networks: [{ports: [\"8080:80\"]}]\n",                           "" },
                { "networks: [{ports: [\"80:8080\"]}]\n",
                 "vm.d/a.yaml:1:28: health_check asks on port 80, which no port of the host leads to"
                  " | add \"80:80\" to ports\n"                                        },
                { "networks: [{ports: [\"80:80/udp\"]}]\n",
                 "vm.d/a.yaml:1:28: health_check asks on port 80, which no port of the host leads to"
                  " | add \"80:80\" to ports\n"                                        },
                { "networks: [{type: none}]\n",
                 "vm.d/a.yaml:1:1: health_check has no network to ask on\n"            },
                { "networks: [{type: bridge, bridge: br0}]\n",
                 "vm.d/a.yaml:2:12: health_check needs the 'address' of this network"
                  " | address: where health checks find the guest\n"                   },
                { "networks: [{type: tap, tap: t, address: fe80::1}]\n",            "" },
                { "networks: [{type: bridge, bridge: br0}, {ports: [\"1:80\"]}]\n", "" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *text = format_string("%s%s", check, rows[i].text);

                config_world_write(w, VM "a.yaml", text);
                assert_string_equal(config_world_load(w), rows[i].remarks);
        }
}

static void health_types(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        static const struct {
                const char *text;
                HealthType type;
                uint16_t port;
        } rows[] = {
                { "health_check: {endpoint: /, port: 1}\n",                                       HEALTH_HTTP,    1    },
                { "health_check: {port: 2}\n",                                                    HEALTH_TCP,     2    },
                { "health_check: {timeout_ms: 1}\n",                                              HEALTH_RUNNING, 0    },
                { "health_check: {type: ready}\n",                                                HEALTH_READY,   0    },
                { "{health_check: {endpoint: /a}, workload: {base_url: \"http://a:8080/b\"}}\n",
                 HEALTH_HTTP,                                                                                     8080 },
                { "{health_check: {endpoint: /a}, workload: {base_url: \"http://a\"}}\n",
                 HEALTH_HTTP,                                                                                     80   },
                { "{health_check: {type: tcp}, workload: {base_url: \"https://[::1]/\"}}\n",
                 HEALTH_TCP,                                                                                      443  },
                { "{health_check: {endpoint: /, port: 3}, workload: {base_url: \"http://a\"}}\n",
                 HEALTH_HTTP,                                                                                     3    },
                { "workload: {base_url: \"http://a:8080\"}\n",                                    HEALTH_RUNNING, 0    },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const HealthCheck *check;

                config_world_write(w, VM "a.yaml", rows[i].text);
                assert_string_equal(config_world_load(w), "");
                check = &config_world_instance(w, "a")->health_check;
                assert_int_equal(check->type, rows[i].type);
                assert_int_equal(check->port, rows[i].port);
        }
}

/* As Volant's documentation describes it, every key of it. */
static void volant_manifest(void **state)
{
        static const char manifest[] =
                "{\"$schema\": \"x\", \"schema_version\": \"1.0\", \"name\": \"llm\", \"version\": \"1.2.3\",\n"
                " \"runtime\": \"llm\", \"enabled\": true, \"image\": \"a\", \"image_digest\": \"b\",\n"
                " \"rootfs\": {\"url\": \"https://a/b\", \"format\": \"raw\"}, \"initramfs\": {\"url\": \"c\"},\n"
                " \"resources\": {\"cpu_cores\": 4, \"memory_mb\": 8192},\n"
                " \"disks\": [{\"name\": \"d\", \"source\": \"/srv/d\", \"format\": \"qcow2\", \"checksum\": \"\",\n"
                "              \"readonly\": true, \"target\": \"vdb\"}],\n"
                " \"cloud_init\": {\"datasource\": \"NoCloud\", \"seed_mode\": \"vfat\",\n"
                "   \"user_data\": {\"inline\": true, \"content\": \"#cloud-config\"},\n"
                "   \"meta_data\": {\"inline\": false, \"path\": \"/etc/meta\"}},\n"
                " \"network\": {\"mode\": \"bridged\"}, \"actions\": {\"a\": {\"method\": \"GET\", \"path\": \"/\"}},\n"
                " \"devices\": {\"pci_passthrough\": [\"0000:01:00.0\"], \"allowlist\": [\"10de:*\"]},\n"
                " \"health_check\": {\"endpoint\": \"/health\", \"timeout_ms\": 10000},\n"
                " \"workload\": {\"type\": \"http\", \"base_url\": \"http://127.0.0.1:8080\",\n"
                "   \"entrypoint\": [\"/usr/bin/llm\"], \"env\": {\"A\": \"b\"}, \"workdir\": \"/\"},\n"
                " \"openapi\": \"/openapi.json\", \"labels\": {\"a\": \"b\"}}\n";
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        const Instance *vm;
        size_t infos = 0;

        config_world_write(w, VM "llm.json", manifest);
        (void)config_world_load(w);
        vm = config_world_instance(w, "llm");
        assert_true(vm->valid);
        for (size_t i = 0; i < w->diag.n; i++) {
                assert_string_equal(w->diag.items[i].code, "config-ignored-key");
                infos += w->diag.items[i].severity == SEVERITY_INFO;
        }
        assert_int_equal(w->diag.n_errors, 0);
        assert_int_equal(infos, 14 + 3 + 2 + 4);
        assert_int_equal(w->diag.n - infos, 1); /* a text is lost, which is more than news */
        assert_string_equal(config_world_print(w, "llm", false),
                            "resources:\n  cpu_cores: 4\n  memory_mb: 8192\n"
                            "devices:\n  pci_passthrough:\n    - \"0000:01:00.0\"\n"
                            "  allowlist:\n    - \"10de:*\"\n"
                            "health_check:\n  endpoint: /health\n  timeout_ms: 10000\n"
                            "workload:\n  base_url: \"http://127.0.0.1:8080\"\n"
                            "disks:\n  - source: /srv/d\n    format: qcow2\n    readonly: true\n"
                            "cloud_init:\n  meta_data: /etc/meta\n");
        assert_int_equal(vm->health_check.port, 8080);
}

static void one_at_a_time(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        _cleanup_(config_closep) ConfigReader *reader = NULL;
        static const char *const names[] = { "a", "b", "c" };
        _cleanup_diag_ Diag diag = {};
        Instance *instance = NULL;

        config_world_write(w, HOST "a.yaml", "gpu_policy: shared\n");
        config_world_write(w, PROFILE "p.yaml", "autostart: true\n");
        config_world_write(w, VM "a.yaml", "profiles: [p]\nreplicas: 2\n");
        config_world_write(w, BOX "b.yaml", "gpus: true\n");
        config_world_write(w, VM "masked.yaml", "");
        config_world_write(w, VM "c.yaml", "description: last\n");
        assert_int_equal(config_open(w->root, 0, &diag, &reader), 0);
        assert_true(config_host_valid(reader));
        assert_int_equal(config_host(reader)->gpu_policy, POLICY_SHARED);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                assert_int_equal(config_next(reader, &instance), 1);
                assert_string_equal(instance->name, names[i]);
                assert_int_equal(instance->valid, i != 1);
                assert_int_equal(instance->has_replicas, i == 0);
                assert_int_equal(instance->autostart, i == 0);
                assert_int_equal(instance->replica, 0);
                instance = instance_free(instance);
        }
        assert_int_equal(config_next(reader, &instance), 0);
        assert_int_equal(diag.n, 1);
        assert_string_equal(diag.items[0].source, "gpus: true");
}

static void host_only(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        _cleanup_config_ Config config = {};
        _cleanup_diag_ Diag diag = {};

        config_world_write(w, HOST "a.yaml", "gpu_policy: shared\n");
        config_world_write(w, PROFILE "p.yaml", "nonsense: 1\n");
        config_world_write(w, VM "a.yaml", "nonsense: 1\n");
        assert_int_equal(config_load(w->root, CONFIG_HOST_ONLY, &config, &diag), 0);
        assert_int_equal(diag.n, 0);
        assert_int_equal(config.host.gpu_policy, POLICY_SHARED);
        assert_int_equal(config.n_instances + config.n_profiles, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(as_printed),      cmocka_unit_test(lines_shown),
                cmocka_unit_test(references),      cmocka_unit_test(all_errors_at_once),
                cmocka_unit_test(too_many_errors), cmocka_unit_test(shared_ports),
                cmocka_unit_test(health_checks),   cmocka_unit_test(health_types),
                cmocka_unit_test(volant_manifest), cmocka_unit_test(one_at_a_time),
                cmocka_unit_test(host_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
