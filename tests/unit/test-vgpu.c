// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/vgpu.h"

#include "host.h"

static void catalogues(void **state)
{
        static const struct {
                const char *text;
                int r;
                size_t n;
                const char *id, *name; /* of the last */
        } rows[] = {
                { "",                                          0,       0, NULL,   NULL             },
                { "1 : NVIDIA L40S-1B\n2 : NVIDIA L40S-1Q\n",  0,       2, "2",    "NVIDIA L40S-1Q" },
                { "ID    : vGPU Name\n1145  : NVIDIA L40S-1B", 0,       1, "1145", "NVIDIA L40S-1B" },
                { "ID : vGPU Name\n",                          0,       0, NULL,   NULL             },
                { "1:a:b\n\n",                                 0,       1, "1",    "a:b"            },
                { "1 : a\nnothing\n",                          -EINVAL, 0, NULL,   NULL             },
                { "1 : a\n-2 : b\n",                           -EINVAL, 0, NULL,   NULL             },
                { "1 : a\n99999999999999999999 : b\n",         -EINVAL, 0, NULL,   NULL             },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *text = strdup(rows[i].text);
                VgpuTypeList list = {};

                print_message("# row %zu\n", i);
                assert_int_equal(vgpu_types_parse(text, &list), rows[i].r);
                assert_int_equal(list.n, rows[i].n);
                if (list.n > 0) {
                        assert_string_equal(list.items[list.n - 1].id, rows[i].id);
                        assert_string_equal(list.items[list.n - 1].name, rows[i].name);
                        assert_true(list.items[list.n - 1].creatable);
                }
                vgpu_type_list_done(&list);
        }
}

static void parents_need_no_address(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "l sys/class/mdev_bus/0000:01:00.0 -> ../../devices/pci0000:00/0000:01:00.0\n"
                "l sys/class/mdev_bus/gone -> ../../devices/virtual/gone\n"
                "l sys/class/mdev_bus/mtty -> ../../devices/virtual/mtty/mtty\n"
                "f sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1/available_instances "
                "0444 \"24\\n\"\n"
                "f sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1/device_api 0444 "
                "\"vfio-pci\\n\"\n"
                "f sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-1/name 0444 \"Single "
                "port serial\\n\"\n"
                "f sys/devices/virtual/mtty/mtty/mdev_supported_types/mtty-2/available_instances "
                "0444 \"0\\n\"\n");
        MachineWants wants = {};
        _cleanup_machine_ Machine m = {};
        const VgpuTypeList *types;

        assert_int_equal(mdev_parents_read(t.root, &wants, &m), 0);
        assert_int_equal(m.n_mdev_parents, 1);
        assert_string_equal(m.mdev_parents[0].name, "mtty");
        types = &m.mdev_parents[0].types;
        assert_int_equal(types->n, 2);
        assert_string_equal(types->items[0].name, "Single port serial");
        assert_null(types->items[0].description);
        assert_int_equal(types->items[0].available, 24);
        assert_null(types->items[1].name);
        assert_false(types->items[1].creatable);
}

static void types_of_a_gpu(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_machine("mdev-t4");
        _cleanup_machine_ Machine m = {};
        const PciDevice *d;

        assert_int_equal(machine_read(t.root, MACHINE_GPUS, NULL, &m), 0);
        d = test_device(&m, "0000:01:00.0");
        assert_int_equal(d->mdev_types.n, 4);
        assert_string_equal(d->mdev_types.items[1].name, "GRID T4-1Q");
        assert_int_equal(d->mdev_types.items[1].available, 16);
        assert_int_equal(m.n_mdev_parents, 0); /* this one has an address */
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(catalogues),
                cmocka_unit_test(parents_need_no_address),
                cmocka_unit_test(types_of_a_gpu),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
