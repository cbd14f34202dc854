// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of instances: replicas, what is unique, and who is found. */
#include "config-world.h"

#define VM  "etc/gpuhost/vm.d/"
#define BOX "etc/gpuhost/container.d/"

static void replicas(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(
                w, VM "web.yaml",
                "replicas: 12\ndisks: [{source: \"/srv/%i\"}, {source: /base, readonly: true}]\n"
                "networks: [{ports: [\"8080:80\", \"127.0.0.1:9000:90/udp\"]}]\n");
        config_world_write(w, BOX "one.yaml", "replicas: 1\nports: [\"80:80\"]\nimage: x\n");
        assert_string_equal(config_world_load(w), "");
        assert_int_equal(w->config.n_instances, 13);
        assert_string_equal(w->config.instances[0]->name, "one-1");
        for (size_t i = 1; i <= 12; i++) {
                const Instance *replica = w->config.instances[i];
                _cleanup_free_ char *name = format_string("web-%zu", i);

                assert_string_equal(replica->name, name);
                assert_string_equal(replica->file, "/etc/gpuhost/vm.d/web.yaml");
                assert_int_equal(replica->replica, i);
                assert_int_equal(replica->replicas, 12);
                assert_int_equal(replica->networks[0].ports.items[0].host_port, 8080 + i - 1);
                assert_int_equal(replica->networks[0].ports.items[0].guest_port, 80);
                assert_int_equal(replica->networks[0].ports.items[1].host_port, 9000 + i - 1);
                assert_string_equal(replica->disks[0].source, "/srv/%i");
                assert_true(replica->disks[1].readonly);
        }
}

static void wrong_replicas(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, VM "a.yaml",
                           "replicas: 2\ndisks: [{source: /a}]\n"
                           "networks:\n- {ports: [\"65535:80\"]}\n- {type: tap, tap: t0}\n"
                           "- {mac: 52:54:00:12:34:56}\n");
        config_world_write(w, BOX "b.yaml", "replicas: 200\nports: [\"65400:80\"]\n");
        config_world_write(w, VM "abcdefghijklmnopqrstuvwxyz0.yaml", "replicas: 1\n");
        config_world_write(w, VM "abcdefghijklmnopqrstuvwxyz.yaml", "replicas: 9\n");
        assert_string_equal(
                config_world_load(w),
                "container.d/b.yaml:2:9: port 65400 of the host has no room for 200 replicas"
                " | each replica takes the next port; the last is 65535\n"
                "vm.d/a.yaml:2:9: 2 replicas would write to one disk, /a"
                " | put %i into its source, or write readonly: true\n"
                "vm.d/a.yaml:4:12: port 65535 of the host has no room for 2 replicas"
                " | each replica takes the next port; the last is 65535\n"
                "vm.d/a.yaml:5:3: 2 replicas would share one tap, t0 | put %i into its name\n"
                "vm.d/a.yaml:6:3: 2 replicas would have one MAC address"
                " | leave it out: each gets its own, made from its name\n"
                "vm.d/abcdefghijklmnopqrstuvwxyz0.yaml:1:1: the name "
                "'abcdefghijklmnopqrstuvwxyz0-1' is longer than 28 characters"
                " | rename the file, or make fewer replicas\n");
        assert_false(config_world_instance(w, "a-2")->valid);
        assert_true(config_world_instance(w, "abcdefghijklmnopqrstuvwxyz-9")->valid);
        assert_false(config_world_instance(w, "abcdefghijklmnopqrstuvwxyz0")->valid);
}

static void name_clashes(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, VM "same.yaml", "{}");
        config_world_write(w, BOX "same.json", "{}");
        config_world_write(w, VM "node.yaml", "replicas: 3\n");
        config_world_write(w, BOX "node-3.yaml", "{}");
        config_world_write(w, VM "node-4.yaml", "{}");
        config_world_write(w, VM "node-03.yaml", "{}");
        assert_string_equal(
                config_world_load(w),
                "container.d/node-3.yaml: the name 'node-3' is also that of a replica of "
                "/etc/gpuhost/vm.d/node.yaml | names are unique over vm.d and container.d: rename one\n"
                "container.d/same.json: the name 'same' is also that of /etc/gpuhost/vm.d/same.yaml"
                " | names are unique over vm.d and container.d: rename one\n"
                "vm.d/node.yaml:1:1: replica 'node-3' has the name of /etc/gpuhost/container.d/node-3.yaml"
                " | names are unique over vm.d and container.d: rename one\n"
                "vm.d/same.yaml: the name 'same' is also that of /etc/gpuhost/container.d/same.json"
                " | names are unique over vm.d and container.d: rename one\n");
        assert_string_equal(w->diag.items[0].code, "name-clash");
        assert_true(config_world_instance(w, "node-4")->valid);
        assert_true(config_world_instance(w, "node-03")->valid);
        assert_false(config_world_instance(w, "node-1")->valid);
}

static void one_by_name(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        _cleanup_(config_closep) ConfigReader *reader = NULL;
        static const char *const none[] = { "c",  "masked", "a-3", "a-0", "a-01",
                                            "a-", "b-1",    "-1",  "" };
        _cleanup_diag_ Diag diag = {};
        Instance *instance = NULL;

        config_world_write(w, VM "a.yaml", "replicas: 2\nnetworks: [{ports: [\"80:80\"]}]\n");
        config_world_write(w, BOX "b.yaml", "image: x\n");
        config_world_write(w, BOX "a-2.yaml", "image: x\n");
        config_world_write(w, VM "masked.yaml", "");
        assert_int_equal(config_open(w->root, 0, &diag, &reader), 0);
        for (size_t i = 0; i < ARRAY_SIZE(none); i++)
                assert_int_equal(config_find(reader, none[i], &instance), -ENOENT);
        assert_int_equal(config_find(reader, "b", &instance), 0);
        assert_int_equal(instance->kind, INSTANCE_CONTAINER);
        instance = instance_free(instance);
        assert_int_equal(config_find(reader, "a", &instance), 0);
        assert_true(instance->has_replicas && instance->replica == 0);
        instance = instance_free(instance);
        assert_int_equal(config_find(reader, "a-1", &instance), 0);
        assert_int_equal(instance->replica, 1);
        assert_false(instance->valid); /* for a-2 */
        instance = instance_free(instance);
        assert_int_equal(config_find(reader, "a-2", &instance), 0);
        assert_int_equal(instance->kind, INSTANCE_CONTAINER);
        assert_false(instance->valid);
        instance = instance_free(instance);
}

/* Who clashes must be known whatever was read before. */
static void one_replica_by_name(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        _cleanup_(config_closep) ConfigReader *reader = NULL;
        _cleanup_diag_ Diag diag = {};
        Instance *instance = NULL;

        config_world_write(w, VM "a.yaml", "replicas: 2\n");
        config_world_write(w, BOX "a-2.yaml", "image: x\n");
        assert_int_equal(config_open(w->root, 0, &diag, &reader), 0);
        assert_int_equal(config_find(reader, "a-2", &instance), 0);
        assert_false(instance->valid);
        instance = instance_free(instance);
        assert_int_equal(diag.n, 1);
        assert_string_equal(diag.items[0].code, "name-clash");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(replicas),
                cmocka_unit_test(wrong_replicas),
                cmocka_unit_test(name_clashes),
                cmocka_unit_test(one_by_name),
                cmocka_unit_test(one_replica_by_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
