// SPDX-License-Identifier: LGPL-2.1-or-later
#include "claim/stage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "claim-stage.h"
#include "claim/folder.h"
#include "claim/start.h"
#include "host.h"
#include "supervise/record.h"

#define FILES                                                                                      \
        "f etc/gpuhost/container.d/web.yaml 0644 \"{image: x}\\n\"\n"                              \
        "f etc/gpuhost/vm.d/node.yaml 0644 \"{replicas: 2, kernel: {image: /k}}\\n\"\n"            \
        "f etc/gpuhost/vm.d/trainer.yaml 0644 \"{kernel: {image: /k}}\\n\"\n"                      \
        "f etc/gpuhost/vm.d/wrong.yaml 0644 \"kernl: 1\\n\"\n"

static void who_is_meant(void **state)
{
        static const struct {
                const char *name, *why;
        } cases[] = {
                { "trainr", "no VM 'trainr' is declared in vm.d, did you mean 'trainer'?"     },
                { "zzz",    "no VM 'zzz' is declared: there is no /etc/gpuhost/vm.d/zzz.yaml" },
                { "node",   "'node' has replicas: start gpu-vm@node-1"                        },
                { "web",    "'web' is a container: systemctl start gpu-container@web"         },
        };
        _cleanup_test_root_ TestRoot t = test_root_text(FILES);

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_stage_ Stage s = stage_of(t.root, cases[i].name);

                assert_refused(subject_find, &s, cases[i].why);
        }
}

static void who_may_start(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(FILES);
        _cleanup_stage_ Stage good = stage_of(t.root, "trainer"), wrong = stage_of(t.root, "wrong");

        assert_int_equal(subject_may_start(&good), 0);
        assert_refused(subject_may_start, &wrong, "/etc/gpuhost/vm.d/wrong.yaml:1:1: unknown key");
        good.machine.disarmed = true;
        assert_refused(subject_may_start, &good, "gpuhost rearm");
}

static void an_error_of_the_host_is_told(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f etc/gpuhost/host.d/a.yaml 0644 \"gpu_policy: nobody\\n\"\n"
                "f etc/gpuhost/vm.d/trainer.yaml 0644 \"{kernel: {image: /k}}\\n\"\n");
        _cleanup_stage_ Stage s = stage_of(t.root, "trainer");

        assert_refused(subject_may_start, &s, "/etc/gpuhost/host.d/a.yaml:1:13: ");
}

static void who_is_missing_beside_it_is_named(void **state)
{
        static const char file[] =
                "f etc/gpuhost/vm.d/a.yaml 0644 \"firmware:\\n  tpm: true\\n\"\n";
        _cleanup_test_root_ TestRoot without = test_root_text(file);
        _cleanup_free_ char *text = format_string("%sf usr/bin/swtpm 0755 \"\"\n", file);
        _cleanup_test_root_ TestRoot with = test_root_text(text);
        _cleanup_stage_ Stage a = stage_of(without.root, "a"), b = stage_of(with.root, "a");

        assert_refused(subject_may_start, &a,
                       "/etc/gpuhost/vm.d/a.yaml:2: firmware.tpm needs swtpm, and there is no "
                       "/usr/bin/swtpm: install the package swtpm");
        assert_int_equal(subject_may_start(&b), 0);
}

#define SHARE     "f etc/gpuhost/vm.d/a.yaml 0644 \"shares:\\n  - {source: /srv/x, tag: x}\\n\"\n"
#define VIRTIOFSD "f usr/libexec/virtiofsd 0755 \"\"\n"

static void a_share_that_cannot_be_is_named(void **state)
{
        static const struct {
                const char *files, *why;
        } cases[] = {
                { SHARE,                                                 "a.yaml:2: share /srv/x: needs virtiofsd, and there is none" },
                { SHARE VIRTIOFSD,                                       "a.yaml:2: share /srv/x: No such file or directory"          },
                { SHARE "f srv/x 0644 \"\"\n" VIRTIOFSD,                 "a.yaml:2: share /srv/x: is no folder"                       },
                { SHARE "d srv/x\n" VIRTIOFSD,                           NULL                                                         },
                { SHARE "d srv/x\nf usr/lib/qemu/virtiofsd 0755 \"\"\n", NULL                                                         },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_test_root_ TestRoot t = test_root_text(cases[i].files);
                _cleanup_stage_ Stage s = stage_of(t.root, "a");

                print_message("# %zu\n", i);
                if (cases[i].why)
                        assert_refused(subject_may_start, &s, cases[i].why);
                else
                        assert_int_equal(subject_may_start(&s), 0);
        }
}

/* CPUs by the node's list, less those that another one is pinned to. */
static void free_cpus_of_the_node(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f etc/gpuhost/vm.d/a.yaml 0644 \"{resources: {cpu_cores: 3, cpu_pinning: auto, numa: "
                "1}}\\n\"\n"
                "f etc/gpuhost/vm.d/b.yaml 0644 \"{resources: {cpu_cores: 8, cpu_pinning: auto, numa: "
                "1}}\\n\"\n"
                "f etc/gpuhost/vm.d/c.yaml 0644 \"{resources: {numa: 7}}\\n\"\n"
                "f etc/gpuhost/vm.d/d.yaml 0644 \"{resources: {cpu_cores: 3, cpu_pinning: "
                "\\\"9,2-5\\\"}}\\n\"\n"
                "f sys/devices/system/node/node1/cpulist 0444 \"4-6,8,10\\n\"\n");
        RunRecord other = {
                .name = (char *)"z",
                .file = (char *)"/z",
                .argv = { .items = (char *[]){ (char *)"/q" }, .n = 1 },
                .cpus = &(HostCpus){ .items = (uint32_t[]){ 5 }, .n = 1 },
                .n_cpus = 1,
                .memory_mb = 64,
                .health = { .timeout_ms = 1, .interval_ms = 1, .retries = 1 },
                .stop_timeout_usec = 1
        };
        _cleanup_str_buf_ StrBuf why = {};
        _cleanup_stage_ Stage a = stage_of(t.root, "a"), b = stage_of(t.root, "b"),
                              c = stage_of(t.root, "c"), d = stage_of(t.root, "d");
        int r = run_record_write(t.root, &other, geteuid(), getegid(), &why);

        if (r < 0)
                fail_msg("%s", str_buf_get(&why));
        assert_int_equal(cpus_decide(&a), 0);
        assert_int_equal(a.start.numa_node, 1);
        assert_int_equal(a.start.n_cpus, 3);
        assert_int_equal(a.start.cpus[0].items[0], 4);
        assert_int_equal(a.start.cpus[1].items[0], 6);
        assert_int_equal(a.start.cpus[2].items[0], 8);

        assert_int_equal(catch_stderr(cpus_decide, &b), 0);
        assert_non_null(strstr(said, "4 CPUs are free for 8"));
        assert_int_equal(b.start.n_cpus, 8);
        assert_int_equal(b.start.cpus[7].n, 5);

        assert_refused(cpus_decide, &c, "this host has no node 7");

        assert_int_equal(cpus_decide(&d), 0);
        assert_int_equal(d.start.cpus[0].items[0], 9);
        assert_int_equal(d.start.cpus[1].items[0], 2);
        assert_int_equal(d.start.cpus[2].items[0], 3);
}

static void what_a_file_leaves_open_is_filled_in(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f etc/gpuhost/vm.d/a.yaml 0644 \"{health_check: {type: tcp, port: 80}, disks: "
                "[{source: /srv/%i-100%%}]}\\n\"\n");
        _cleanup_stage_ Stage s = stage_of(t.root, "a");

        assert_int_equal(complete_decide(&s), 0);
        assert_int_equal(s.instance->n_networks, 1);
        assert_string_equal(s.instance->disks[0].source, "/srv/a-100%");
        assert_int_equal(s.instance->networks[0].ports.n, 1);
        assert_int_equal(s.instance->networks[0].ports.items[0].guest_port, 80);
        assert_int_equal(s.instance->networks[0].ports.items[0].host_port, 0);
        assert_int_equal(complete_ports(&s), 0);
        assert_true(s.instance->networks[0].ports.items[0].host_port > 1023);
}

static void folders_come_and_go(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d run\n");
        _cleanup_free_ char *text = NULL;

        assert_int_equal(folder_make(t.root, "run/gpuhost/start/a.seed", getegid()), 0);
        assert_int_equal(
                folder_write(t.root, "run/gpuhost/start/a.seed", "user-data", "x", 1, getegid()),
                0);
        assert_int_equal(
                root_read_file(t.root, "run/gpuhost/start/a.seed/user-data", 10, &text, NULL), 0);
        assert_string_equal(text, "x");
        assert_int_equal(folder_make(t.root, "run/gpuhost/start/a.seed", getegid()), 0);
        assert_false(root_exists(t.root, "run/gpuhost/start/a.seed/user-data"));
        assert_int_equal(folder_remove(t.root, "run/gpuhost/start/a.seed"), 0);
        assert_false(root_exists(t.root, "run/gpuhost/start/a.seed"));
        assert_int_equal(folder_remove(t.root, "run/gpuhost/start/a.seed"), 0);
}

/* Only where neither is so would a module be loaded. */
static void kvm_is_there_or_its_lack_is_told(void **state)
{
        static const char files[] =
                "f etc/gpuhost/vm.d/a.yaml 0644 \"{kernel: {image: /k}}\\n\"\n"
                "f etc/gpuhost/vm.d/b.yaml 0644 \"{kernel: {image: /k}, machine: "
                "{accel: tcg}}\\n\"\n"
                "f proc/cpuinfo 0444 \"processor\\t: 0\\nflags\\t\\t: fpu svme sse\\n\"\n";
        _cleanup_free_ char *with = format_string("%sd sys/class/misc/kvm\n", files);
        _cleanup_free_ char *given = format_string("f dev/kvm 0666 \"\"\n%s", with);
        _cleanup_test_root_ TestRoot none = test_root_text(files), some = test_root_text(with),
                                     open = test_root_text(given);
        _cleanup_stage_ Stage a = stage_of(none.root, "a"), b = stage_of(none.root, "b"),
                              c = stage_of(some.root, "a"), d = stage_of(open.root, "a");

        assert_refused(kvm_ready, &a, "this host has no KVM");
        assert_int_equal(kvm_ready(&b), 0);
        assert_int_equal(kvm_ready(&c), 0);
        assert_int_equal(kvm_ready(&d), 0);
}

/* A T4 makes mediated devices; of an L40S the first VF is in use, and the second another VM's. */
static void vgpus_are_chosen(void **state)
{
        static VgpuType t4[] = {
                { .id = (char *)"nvidia-230", .name = (char *)"GRID T4-1Q", .available = 2 }
        };
        static VgpuType l40s[] = {
                { .id = (char *)"1147", .name = (char *)"NVIDIA L40S-1Q", .available = 1 }
        };
        static const PciAddress pf = { .bus = 2 };
        PciDevice devices[] = {
                { .address = { .bus = 1 },
                 .id = { .vendor = 0x10de },
                 .mdev_types = { .items = t4, .n = 1 } },
                { .address = pf, .id = { .vendor = 0x10de } },
                { .address = { .bus = 2, .function = 1 }, .current_vgpu_type = (char *)"1147" },
                { .address = { .bus = 2, .function = 2 }, .current_vgpu_type = (char *)"0" },
                { .address = { .bus = 2, .function = 3 }, .current_vgpu_type = (char *)"0" },
        };
        Claim claim = { .address = devices[3].address, .instance = (char *)"z" };
        GpuPlan gpus[] = {
                { .device = devices,     .role = ROLE_VGPU },
                { .device = devices + 1, .role = ROLE_VGPU }
        };
        Assignment assignment = { .vgpu_profile = "T4-1Q" };
        Stage s = {
                .name = "a",
                .assignment = &assignment,
                .machine = { .devices = devices,
                            .n_devices = ARRAY_SIZE(devices),
                            .claims = &claim,
                            .n_claims = 1 },
        };

        for (size_t i = 2; i < ARRAY_SIZE(devices); i++) {
                devices[i].is_vf = devices[i].has_vgpu_attributes = true;
                devices[i].physfn = pf;
                devices[i].id.vendor = 0x10de;
                devices[i].vgpu_types = (VgpuTypeList){ .items = l40s, .n = 1 };
        }
        assert_int_equal(vgpu_choose(&s, gpus), 0);
        assert_int_equal(vgpu_choose(&s, gpus), 0);
        assert_int_equal(s.n_mdevs, 2);
        assert_string_not_equal(s.mdevs[0].uuid, s.mdevs[1].uuid);

        assignment.vgpu_profile = "L40S-1Q";
        assert_int_equal(vgpu_choose(&s, gpus + 1), 0);
        assert_int_equal(s.n_passed, 1);
        assert_ptr_equal(s.passed[0].device, devices + 4);
        assert_string_equal(s.passed[0].vgpu_type, "1147");
        assert_int_equal(vgpu_choose(&s, gpus + 1), -ECANCELED);
        free(s.passed);
        free(s.mdevs);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_is_meant),
                cmocka_unit_test(who_may_start),
                cmocka_unit_test(an_error_of_the_host_is_told),
                cmocka_unit_test(who_is_missing_beside_it_is_named),
                cmocka_unit_test(a_share_that_cannot_be_is_named),
                cmocka_unit_test(kvm_is_there_or_its_lack_is_told),
                cmocka_unit_test(vgpus_are_chosen),
                cmocka_unit_test(free_cpus_of_the_node),
                cmocka_unit_test(what_a_file_leaves_open_is_filled_in),
                cmocka_unit_test(folders_come_and_go),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
