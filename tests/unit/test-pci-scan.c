// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pci-scan.h"

#include "host.h"

static Machine scan(const char *name, const MachineWants *wants)
{
        static const MachineWants nothing = {};
        _cleanup_test_root_ TestRoot t = test_root_machine(name);
        Machine m = {};

        assert_int_equal(pci_scan(t.root, wants ? wants : &nothing, &m), 0);
        return m;
}

static void slot_and_group(void **state)
{
        _cleanup_machine_ Machine m = scan("desktop-nvidia", NULL);
        const IommuGroup *g;

        assert_int_equal(m.n_functions, 14);
        assert_int_equal(m.n_devices, 5); /* the card's four functions, and the port above them */
        assert_int_equal(test_device(&m, "0000:01:00.0")->class, PCI_CLASS_VGA);
        assert_int_equal(test_device(&m, "0000:01:00.3")->class, PCI_CLASS_SERIAL_OTHER);
        assert_string_equal(test_device(&m, "0000:00:01.0")->driver, "pcieport");
        g = machine_find_group(&m, test_device(&m, "0000:01:00.0")->iommu_group);
        assert_non_null(g);
        assert_int_equal(g->n_members, 5);
        assert_string_equal(g->type, "DMA-FQ");
        for (size_t i = 0; i < g->n_members; i++)
                assert_non_null(machine_find_device(&m, g->members[i]));
        assert_int_equal(m.unseen.n, 0);
}

static void what_is_wanted(void **state)
{
        PciAddress nvme;
        MachineWants wants = { .addresses = &nvme, .n_addresses = 1 };
        _cleanup_machine_ Machine m = {};

        assert_int_equal(pci_address_parse("0000:02:00.0", &nvme), 0);
        m = scan("desktop-nvidia", &wants);
        assert_int_equal(m.n_devices, 6);
        assert_string_equal(test_device(&m, "0000:02:00.0")->driver, "nvme");
        assert_non_null(machine_find_group(&m, test_device(&m, "0000:02:00.0")->iommu_group));
}

static void domains_of_five_digits(void **state)
{
        _cleanup_machine_ Machine m = scan("vmd", NULL);

        assert_true(m.n_devices > 0);
        for (size_t i = 1; i < m.n_devices; i++)
                assert_true(pci_address_compare(m.devices[i - 1].address, m.devices[i].address) <
                            0);
}

static void no_iommu_no_groups(void **state)
{
        _cleanup_machine_ Machine m = scan("iommu-off-kernel", NULL);

        assert_true(m.n_devices > 0);
        assert_int_equal(m.n_groups, 0);
        assert_false(m.devices[0].has_iommu);
}

static void no_gpu(void **state)
{
        _cleanup_machine_ Machine m = scan("no-gpu", NULL);

        assert_true(m.n_functions > 0);
        assert_int_equal(m.n_devices, 0);
        assert_int_equal(m.n_groups, 0);
}

static void hostile(void **state)
{
        _cleanup_machine_ Machine m = scan("hostile", NULL);

        assert_null(test_device(&m, "0000:00:02.0")->trouble);
        assert_string_equal(test_device(&m, "0000:01:00.0")->trouble,
                            "class: not a number, numa_node: not a number");
        assert_int_equal(test_device(&m, "0000:03:00.0")->iommu_group, -1);
        assert_null(test_device(&m, "0000:03:00.0")->reset_methods);
        assert_string_equal(test_device(&m, "0000:04:00.1")->trouble, "class: missing");
        assert_string_equal(test_device(&m, "0000:08:00.0")->trouble,
                            "class: missing, device: a link that makes no sense");
        assert_null(test_device(&m, "0000:08:00.0")->path);
}

static void an_empty_root(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d sys\n");
        MachineWants wants = {};
        _cleanup_machine_ Machine m = {};

        assert_int_equal(pci_scan(t.root, &wants, &m), 0);
        assert_int_equal(m.n_functions, 0);
        assert_int_equal(m.unseen.n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(slot_and_group),
                cmocka_unit_test(what_is_wanted),
                cmocka_unit_test(domains_of_five_digits),
                cmocka_unit_test(no_iommu_no_groups),
                cmocka_unit_test(no_gpu),
                cmocka_unit_test(hostile),
                cmocka_unit_test(an_empty_root),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
