// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pci-function.h"

#include "host.h"

static void classes(void **state)
{
        uint16_t class;
        uint8_t interface;

        assert_int_equal(pci_class_parse("0x0c0330", &class, &interface), 0);
        assert_int_equal(class, 0x0c03);
        assert_int_equal(interface, 0x30);
        assert_int_equal(pci_class_parse("0x0c033011", &class, &interface), -ERANGE);
        assert_int_equal(pci_class_parse("030000", &class, &interface), -EINVAL);
        assert_int_equal(pci_class_parse("display", &class, &interface), -EINVAL);
        assert_int_equal(pci_class_parse("", &class, &interface), -EINVAL);
        assert_int_equal(class, 0x0c03);
}

static void links(void **state)
{
        static const char name[] = "0000:01:00.0";

        assert_string_equal(pci_link_path("../../../devices/pci0000:00/0000:01:00.0", name),
                            "pci0000:00/0000:01:00.0");
        assert_null(pci_link_path("../../../devices/pci0000:00/0000:02:00.0", name));
        assert_null(pci_link_path("../../../devices/x/../0000:01:00.0", name));
        assert_null(pci_link_path("../../../../etc/passwd", name));
        assert_null(pci_link_path("../../../devices/\x1b/0000:01:00.0", name));
        assert_null(pci_link_path("", name));
}

/* A root with one function, most of whose attributes are spelled out by `rest`. */
static void read_function(const char *rest, uint16_t class, PciDevice *ret)
{
        static const char link[] = "l sys/bus/pci/devices/0000:01:00.0 -> "
                                   "../../../devices/pci0000:00/0000:01:00.0\n";
        _cleanup_free_ char *text = format_string("%s%s", link, rest);
        PciFunction f = { .address = { .bus = 1 }, .class = class };
        _cleanup_test_root_ TestRoot t = test_root_text(text);
        _cleanup_root_dir_ RootDir bus = ROOT_DIR_NONE;

        assert_int_equal(root_dir_open(t.root, "sys/bus/pci/devices", &bus), 0);
        assert_int_equal(pci_function_read(&bus, &f, ret), 0);
}

#define D "sys/devices/pci0000:00/0000:01:00.0/"
#define IDS                                                                                        \
        "f " D "device 0444 \"0x2204\\n\"\n"                                                       \
        "f " D "subsystem_device 0444 \"0x147d\\n\"\n"                                             \
        "f " D "subsystem_vendor 0444 \"0x10de\\n\"\n"                                             \
        "f " D "vendor 0444 \"0x10de\\n\"\n"

static void few_attributes_are_no_trouble(void **state)
{
        PciDevice d;

        read_function(IDS, PCI_CLASS_VGA, &d);
        assert_null(d.trouble);
        assert_int_equal(d.id.device, 0x2204);
        assert_string_equal(d.path, "pci0000:00/0000:01:00.0");
        assert_int_equal(d.iommu_group, -1);
        assert_int_equal(d.numa_node, -1);
        assert_null(d.driver);
        pci_device_done(&d);
}

static void a_function_that_is_gone(void **state)
{
        PciDevice d;

        read_function("", PCI_CLASS_VGA, &d);
        assert_string_equal(d.trouble, "device: missing");
        pci_device_done(&d);
}

/* Reading what its driver locks would wait as long as that does. */
static void a_stuck_driver_is_not_asked(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f run/gpuhost/stuck/0000:01:00.0 0644 \"\"\n"
                "l sys/bus/pci/devices/0000:01:00.0 -> ../../../devices/pci0000:00/0000:01:00.0\n"
                "f " D "device 0444 \"0x2204\\n\"\n"
                "l " D "driver -> ../../../bus/pci/drivers/nvidia\n"
                "f " D "driver_override 0644 \"vfio-pci\\n\"\n"
                "f " D "sriov_totalvfs 0444 \"16\\n\"\n");
        _cleanup_root_dir_ RootDir bus = ROOT_DIR_NONE;
        PciFunction f = { .address = { .bus = 1 }, .class = PCI_CLASS_VGA };
        PciDevice d;

        assert_int_equal(root_dir_open(t.root, "sys/bus/pci/devices", &bus), 0);
        assert_int_equal(pci_function_read(&bus, &f, &d), 0);
        assert_true(d.stuck);
        assert_non_null(strstr(d.trouble, "driver: does not come back"));
        assert_int_equal(d.id.device, 0x2204);
        assert_string_equal(d.driver, "nvidia");
        assert_null(d.driver_override);
        assert_int_equal(d.sriov_total, 0);
        pci_device_done(&d);
}

static void a_cordoned_one_says_why(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f run/gpuhost/cordoned/0000:01:00.0 0644 \"its reset failed\\n\"\n"
                "l sys/bus/pci/devices/0000:01:00.0 -> ../../../devices/pci0000:00/0000:01:00.0\n"
                "f " D "device 0444 \"0x2204\\n\"\n");
        _cleanup_root_dir_ RootDir bus = ROOT_DIR_NONE;
        PciFunction f = { .address = { .bus = 1 }, .class = PCI_CLASS_VGA };
        PciDevice d;

        assert_int_equal(root_dir_open(t.root, "sys/bus/pci/devices", &bus), 0);
        assert_int_equal(pci_function_read(&bus, &f, &d), 0);
        assert_string_equal(d.cordoned, "its reset failed");
        pci_device_done(&d);
}

static void a_full_house(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_machine("vgpu-l40s");
        _cleanup_root_dir_ RootDir bus = ROOT_DIR_NONE;
        PciFunction f = { .class = PCI_CLASS_3D };
        PciDevice d;

        assert_int_equal(root_dir_open(t.root, "sys/bus/pci/devices", &bus), 0);
        assert_int_equal(pci_address_parse("0000:16:00.0", &f.address), 0);
        assert_int_equal(pci_function_read(&bus, &f, &d), 0);
        assert_null(d.trouble);
        assert_int_equal(d.sriov_total, 32);
        assert_false(d.is_vf);
        assert_false(d.has_vgpu_attributes);
        pci_device_done(&d);
        assert_int_equal(pci_address_parse("0000:16:00.6", &f.address), 0);
        assert_int_equal(pci_function_read(&bus, &f, &d), 0);
        assert_null(d.trouble);
        assert_true(d.is_vf);
        assert_int_equal(d.physfn.bus, 0x16);
        assert_true(d.has_vgpu_attributes);
        assert_string_equal(d.current_vgpu_type, "0");
        assert_int_equal(d.vgpu_types.n, 2);
        pci_device_done(&d);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(classes),
                cmocka_unit_test(links),
                cmocka_unit_test(few_attributes_are_no_trouble),
                cmocka_unit_test(a_function_that_is_gone),
                cmocka_unit_test(a_stuck_driver_is_not_asked),
                cmocka_unit_test(a_cordoned_one_says_why),
                cmocka_unit_test(a_full_house),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
