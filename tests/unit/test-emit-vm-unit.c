// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/vm-unit.h"

#include <string.h>

#include "unit.h"

#define SECONDS UINT64_C(1000000)

#define HEAD                                                                                       \
        "# Written by gpuhost-generator. See gpu-vm@.service(8).\n\n[Unit]\n"                      \
        "SourcePath=/etc/gpuhost/vm.d/a.yaml\n"

static Instance plain(void)
{
        return (Instance){
                .kind = INSTANCE_VM,
                .name = (char *)"a",
                .file = (char *)"/etc/gpuhost/vm.d/a.yaml",
                .start_timeout = 90 * SECONDS,
                .stop_timeout = 90 * SECONDS,
        };
}

static void expect(const Instance *instance, const DiagItem *problem, const char *wanted)
{
        _cleanup_unit_text_ UnitText unit = {};
        const char *text;
        size_t n;

        vm_unit_dropin(&unit, instance, "a", problem);
        assert_int_equal(unit_text_get(&unit, &text, &n), 0);
        assert_string_equal(text, wanted);
}

static void least(void **state)
{
        const Instance instance = plain();

        expect(&instance, NULL,
               HEAD "Description=VM a\n\n[Service]\nTimeoutStartSec=90s\nTimeoutStopSec=2min\n");
}

static void restart_has_a_limit(void **state)
{
        static const struct {
                RestartPolicy policy;
                const char *word;
        } rows[] = {
                { RESTART_ON_FAILURE, "on-failure" },
                { RESTART_ALWAYS,     "always"     }
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_unit_text_ UnitText unit = {};
                Instance instance = plain();
                char line[64];

                instance.restart = rows[i].policy;
                vm_unit_dropin(&unit, &instance, "a", NULL);
                (void)snprintf(line, sizeof(line), "\nRestart=%s\n", rows[i].word);
                assert_non_null(strstr(str_buf_get(&unit.text), line));
                assert_non_null(strstr(str_buf_get(&unit.text), "\nStartLimitBurst="));
        }
}

static void what_has_to_be_there_first(void **state)
{
        static char by_uuid[] = "UUID=3f-1", by_label[] = "LABEL=a b",
                    image[] = "/srv/%i/100%%.raw", lv[] = "/dev/vg/%i", kernel[] = "/boot/vmlinuz";
        Disk disks[] = {
                { .source = by_uuid }, { .source = by_label }, { .source = image }, { .source = lv }
        };
        Network networks[] = { { .type = NETWORK_TAP }, { .type = NETWORK_BRIDGE } };
        Instance instance = plain();

        instance.disks = disks;
        instance.n_disks = ARRAY_SIZE(disks);
        instance.networks = networks;
        instance.n_networks = ARRAY_SIZE(networks);
        instance.kernel.image = kernel;
        instance.description = (char *)"100%";
        expect(&instance, NULL,
               HEAD "Description=VM a: 100%%\n"
                    "Wants=network-online.target\nAfter=network-online.target\n"
                    "Wants=dev-disk-by\\x2duuid-3f\\x2d1.device\n"
                    "After=dev-disk-by\\x2duuid-3f\\x2d1.device\n"
                    "RequiresMountsFor=/srv/a/100%%.raw\n"
                    "Wants=dev-vg-a.device\nAfter=dev-vg-a.device\n"
                    "RequiresMountsFor=/boot/vmlinuz\n"
                    "\n[Service]\nTimeoutStartSec=90s\nTimeoutStopSec=2min\n");
}

static void user_network_waits_for_nothing(void **state)
{
        Network networks[] = { { .type = NETWORK_USER }, { .type = NETWORK_NONE } };
        Instance instance = plain();

        instance.networks = networks;
        instance.n_networks = ARRAY_SIZE(networks);
        expect(&instance, NULL,
               HEAD "Description=VM a\n\n[Service]\nTimeoutStartSec=90s\nTimeoutStopSec=2min\n");
}

static void wrong_file_names_its_reason(void **state)
{
        const DiagItem problem = { .file = (char *)"/etc/gpuhost/vm.d/a.yaml",
                                   .line = 3,
                                   .column = 5,
                                   .message = (char *)"unknown key '100%\n'" };
        Instance instance = plain();

        instance.restart = RESTART_ALWAYS;
        expect(&instance, &problem,
               HEAD "Description=VM a: /etc/gpuhost/vm.d/a.yaml:3:5: unknown key '100%%\\n'\n");
}

static void replica_belongs_to_its_target(void **state)
{
        _cleanup_unit_text_ UnitText unit = {};
        Instance instance = plain();

        instance.name = (char *)"a-2";
        instance.replica = 2;
        instance.replicas = 3;
        expect(&instance, NULL,
               HEAD "Description=VM a-2, replica 2 of 3\nPartOf=gpu-vm-a.target\n"
                    "\n[Service]\nTimeoutStartSec=90s\nTimeoutStopSec=2min\n");
        instance = plain();
        instance.replicas = 2;
        vm_unit_target(&unit, &instance, NULL);
        assert_string_equal(str_buf_get(&unit.text),
                            HEAD "Description=VMs a, 2 replicas\n"
                                 "Documentation=man:gpu-vm@.service(8)\n"
                                 "Wants=gpu-vm@a-1.service\nWants=gpu-vm@a-2.service\n");
}

static void names_fit(void **state)
{
        char unit[VM_UNIT_NAME_MAX], target[VM_UNIT_NAME_MAX];

        vm_unit_name("abcdefghijklmnopqrstuvwxyz01", unit);
        vm_target_name("abcdefghijklmnopqrstuvwxyz01", target);
        assert_string_equal(unit, "gpu-vm@abcdefghijklmnopqrstuvwxyz01.service");
        assert_string_equal(target, "gpu-vm-abcdefghijklmnopqrstuvwxyz01.target");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(least),
                cmocka_unit_test(restart_has_a_limit),
                cmocka_unit_test(what_has_to_be_there_first),
                cmocka_unit_test(user_network_waits_for_nothing),
                cmocka_unit_test(wrong_file_names_its_reason),
                cmocka_unit_test(replica_belongs_to_its_target),
                cmocka_unit_test(names_fit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
