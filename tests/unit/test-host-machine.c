// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/machine.h"

#include "host.h"

static void only_what_is_asked_for(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_machine("foreign");
        _cleanup_machine_ Machine few = {}, all = {};

        assert_int_equal(machine_read(t.root, MACHINE_GPUS, NULL, &few), 0);
        assert_true(few.n_devices > 0);
        assert_int_equal(few.n_kernels, 0);
        assert_int_equal(few.n_foreign, 0);
        assert_int_equal(few.n_protections, 0);
        assert_int_equal(few.iommu.kind, IOMMU_NONE);
        assert_null(few.devices[0].vendor_name);
        assert_int_equal(machine_read(t.root, MACHINE_ALL, NULL, &all), 0);
        assert_int_equal(all.n_devices, few.n_devices);
        assert_int_equal(all.n_kernels, 1);
        assert_true(all.n_foreign > 0);
        assert_true(all.n_protections > 0);
        assert_int_equal(all.iommu.kind, IOMMU_AMD);
        assert_non_null(all.devices[0].vendor_name);
}

static void an_empty_root(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d etc\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_ALL, NULL, &m), 0);
        assert_int_equal(m.n_devices, 0);
        assert_int_equal(m.n_kernels, 0);
        assert_int_equal(m.unseen.n, 0);
        assert_false(m.disarmed);
}

static void this_very_machine(void **state)
{
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_machine_ Machine m = {};

        assert_int_equal(root_open("/", &root), 0);
        assert_int_equal(machine_read(root, MACHINE_ALL, NULL, &m), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_what_is_asked_for),
                cmocka_unit_test(an_empty_root),
                cmocka_unit_test(this_very_machine),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
