// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/start.h"

#include "unit.h"

static void begins_without_descriptors(void **state)
{
        _cleanup_start_ GuestStart start;

        start_init(&start);
        assert_true(start.iommufd_fd < 0);
        assert_true(start.vsock_fd < 0);
        assert_true(start.tpm_fd < 0);
        assert_int_equal(start.numa_node, -1);
}

static void descriptors_are_named_and_numbered(void **state)
{
        _cleanup_start_ GuestStart start;

        start_init(&start);
        assert_int_equal(start_add_fd(&start, START_FD_DISK), 4);
        assert_int_equal(start_add_fd(&start, START_FD_TAP), 5);
        assert_int_equal(start_add_fd(&start, START_FD_DISK), 6);
        assert_int_equal(start_add_fd(&start, START_FD_VSOCK), 7);
        assert_int_equal(start_add_fd(&start, START_FD_VSOCK), -EEXIST);
        assert_int_equal(start.fds.n, 4);
        assert_string_equal(start.fds.items[0], "disk0");
        assert_string_equal(start.fds.items[1], "tap0");
        assert_string_equal(start.fds.items[2], "disk1");
        assert_string_equal(start.fds.items[3], "vsock");
}

static void every_kind_has_a_name(void **state)
{
        for (int kind = 0; kind < _START_FD_KIND_MAX; kind++) {
                const char *name = enum_to_string(&start_fd_kind_table, kind);

                assert_non_null(name);
                assert_int_equal(enum_from_string(&start_fd_kind_table, name), kind);
        }
        assert_null(enum_to_string(&start_fd_kind_table, _START_FD_KIND_MAX));
}

static void owns_what_is_added(void **state)
{
        _cleanup_start_ GuestStart start;
        uint32_t *cpu = malloc(sizeof(*cpu));

        start_init(&start);
        assert_non_null(cpu);
        *cpu = 3;
        for (unsigned i = 0; i < 3; i++)
                assert_int_equal(start_add_function(&start,
                                                    (StartFunction){
                                                            .sysfsdev = strdup("/sys/x"),
                                                            .slot = i,
                                                            .fd = -EBADF,
                                                    }),
                                 0);
        assert_int_equal(start_add_disk(&start,
                                        (StartDisk){
                                                .image = { .path = strdup("/a"), .fd = -EBADF }
        }),
                         0);
        assert_int_equal(start_add_network(&start, (StartNetwork){ .fd = 5, .vhost_fd = -EBADF }),
                         0);
        assert_int_equal(start_add_cpus(&start, (HostCpus){ .items = cpu, .n = 1 }), 0);
        assert_int_equal(start.n_functions, 3);
        assert_int_equal(start.functions[2].slot, 2);
        assert_string_equal(start.disks[0].image.path, "/a");
        assert_int_equal(start.networks[0].fd, 5);
        assert_int_equal(start.cpus[0].items[0], 3);
}

static void firmware_brings_its_needs(void **state)
{
        FirmwareDescriptor with_keys = {
                .code = (char[]){ "/c.fd" },
                .vars_qcow2 = true,
                .secure_boot = true,
                .enrolled_keys = true,
                .requires_smm = true,
        };
        FirmwareDescriptor without_keys = { .code = (char[]){ "/d.fd" }, .secure_boot = true };
        _cleanup_start_ GuestStart start;

        start_init(&start);
        assert_int_equal(start_set_firmware(&start, &with_keys, "/nvram.qcow2"), 0);
        assert_string_equal(start.firmware.code, "/c.fd");
        assert_string_equal(start.firmware.vars, "/nvram.qcow2");
        assert_true(start.firmware.vars_qcow2);
        assert_true(start.firmware.secure_boot);
        assert_true(start.firmware.smm);
        assert_int_equal(start_set_firmware(&start, &without_keys, NULL), 0);
        assert_null(start.firmware.vars);
        assert_false(start.firmware.secure_boot);
        assert_false(start.firmware.smm);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(begins_without_descriptors),
                cmocka_unit_test(descriptors_are_named_and_numbered),
                cmocka_unit_test(every_kind_has_a_name),
                cmocka_unit_test(owns_what_is_added),
                cmocka_unit_test(firmware_brings_its_needs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
