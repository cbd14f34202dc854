// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pci-details.h"

#include "host.h"

#define D "sys/devices/pci0000:00/0000:01:00.0/"

static Machine read_machine(const char *rest)
{
        static const char link[] = "l sys/bus/pci/devices/0000:01:00.0 -> "
                                   "../../../devices/pci0000:00/0000:01:00.0\n";
        _cleanup_free_ char *text = format_string("%s%s", link, rest);
        _cleanup_test_root_ TestRoot t = test_root_text(text);
        Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_GPUS | MACHINE_DETAILS, NULL, &m), 0);
        return m;
}

static void bars(void **state)
{
        static const char zero[] = "0x0000000000000000 0x0000000000000000 0x0000000000000000\\n";
        static const struct {
                const char *first;
                uint64_t size;
                bool trouble;
        } rows[] = {
                { "0x00000000d0000000 0x00000000d0ffffff 0x0000000000040200\\n", 16 << 20,           false },
                { "0x0000006000000000 0x00000067ffffffff 0x000000000014220c\\n", UINT64_C(32) << 30,
                 false                                                                                     },
                { "0x0000000000000000 0x0000000000000fff 0x0000000000040200\\n", 4096,               false },
                { "0x00000000d0000000 0x00000000cfffffff 0x0000000000040200\\n", 0,                  true  },
                { "0x0000000000000000 0xffffffffffffffff 0x0000000000040200\\n", 0,                  true  },
                { "0x00000000d0000000 0x00000000d0ffffff\\n",                    0,                  true  },
                { "0x00000000d0000000 0x00000000d0ffffff 0x0 0x0\\n",            0,                  true  },
                { "d0000000 d0ffffff 40200\\n",                                  0,                  true  },
                { "",                                                            0,                  true  }, /* four lines */
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *text = format_string(
                        "f " D "class 0444 \"0x030000\\n\"\n"
                        "f " D "device 0444 \"0x2204\\n\"\n"
                        "f " D "resource 0444 \"%s%s%s%s%s%s\"\n"
                        "f " D "revision 0444 \"0xa1\\n\"\n"
                        "f " D "subsystem_device 0444 \"0x147d\\n\"\n"
                        "f " D "subsystem_vendor 0444 \"0x10de\\n\"\n"
                        "f " D "vendor 0444 \"0x10de\\n\"\n",
                        rows[i].first, zero, zero, zero, zero, *rows[i].first ? zero : "");
                _cleanup_machine_ Machine m = {};
                const PciDevice *d;

                print_message("# row %zu\n", i);
                m = read_machine(text);
                d = test_device(&m, "0000:01:00.0");
                assert_int_equal(d->bar_sizes[0], rows[i].size);
                assert_int_equal(!!d->trouble, rows[i].trouble);
        }
}

static void displays(void **state)
{
        _cleanup_machine_ Machine m = {};
        const PciDevice *d;

        m = read_machine("f " D "boot_vga 0444 \"1\\n\"\n"
                         "f " D "class 0444 \"0x030000\\n\"\n"
                         "f " D "device 0444 \"0x2204\\n\"\n"
                         "f " D "drm/card0/boot_display 0444 \"1\\n\"\n"
                         "f " D "drm/card0/card0-DP-1/status 0444 \"connected\\n\"\n"
                         "f " D "drm/card0/card0-DP-2/status 0444 \"disconnected\\n\"\n"
                         "f " D "drm/card0/card0-HDMI-A-1/status 0444 \"connected\\n\"\n"
                         "f " D "drm/card0/power/status 0444 \"connected\\n\"\n"
                         "d " D "drm/controlD64\n"
                         "d " D "drm/renderD128\n"
                         "f " D "revision 0444 \"0xa1\\n\"\n"
                         "f " D "subsystem_device 0444 \"0x147d\\n\"\n"
                         "f " D "subsystem_vendor 0444 \"0x10de\\n\"\n"
                         "f " D "vendor 0444 \"0x10de\\n\"\n");
        d = test_device(&m, "0000:01:00.0");
        assert_null(d->trouble);
        assert_true(d->boot_vga);
        assert_true(d->boot_display);
        assert_int_equal(d->n_connected, 2);
        assert_int_equal(d->drm_nodes.n, 2);
        assert_string_equal(d->drm_nodes.items[0], "card0");
        assert_string_equal(d->drm_nodes.items[1], "renderD128");
}

static void of_a_machine(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_machine("desktop-nvidia");
        _cleanup_machine_ Machine m = {};
        const PciDevice *d;

        assert_int_equal(machine_read(t.root, MACHINE_GPUS | MACHINE_DETAILS, NULL, &m), 0);
        d = test_device(&m, "0000:01:00.0");
        assert_string_equal(d->reset_methods, "pm bus");
        assert_string_equal(d->power_state, "D0");
        assert_int_equal(d->d3cold_allowed, 1);
        assert_int_equal(d->revision, 0xa1);
        assert_int_equal(d->bar_sizes[1], 256 << 20);
        assert_null(d->trouble);
        d = test_device(&m, "0000:00:01.0"); /* a bridge has fewer attributes */
        assert_null(d->reset_methods);
        assert_int_equal(d->d3cold_allowed, -1);
        assert_null(d->trouble);
}

#define GPU(slot, reset)                                                                           \
        "f sys/devices/pci0000:00/0000:00:0" slot ".0/class 0444 \"0x030000\\n\"\n"                \
        "f sys/devices/pci0000:00/0000:00:0" slot ".0/device 0444 \"0x2204\\n\"\n" reset           \
        "f sys/devices/pci0000:00/0000:00:0" slot ".0/vendor 0444 \"0x10de\\n\"\n"

/* Where no method works there is no attribute, and with an old kernel there is none either. */
static void no_reset_method(void **state)
{
        static const char links[] =
                "l sys/bus/pci/devices/0000:00:01.0 -> ../../../devices/pci0000:00/0000:00:01.0\n"
                "l sys/bus/pci/devices/0000:00:02.0 -> ../../../devices/pci0000:00/0000:00:02.0\n";
        _cleanup_free_ char *with = format_string(
                "%s%s%s", links,
                GPU("1", "f sys/devices/pci0000:00/0000:00:01.0/reset_method 0644 \"flr\\n\"\n"),
                GPU("2", ""));
        _cleanup_free_ char *old = format_string("%s%s%s", links, GPU("1", ""), GPU("2", ""));
        _cleanup_test_root_ TestRoot t = test_root_text(with), t_old = test_root_text(old);
        _cleanup_machine_ Machine m = {}, m_old = {};

        assert_int_equal(machine_read(t.root, MACHINE_GPUS | MACHINE_DETAILS, NULL, &m), 0);
        assert_string_equal(test_device(&m, "0000:00:02.0")->reset_methods, "");
        assert_int_equal(machine_read(t_old.root, MACHINE_GPUS | MACHINE_DETAILS, NULL, &m_old), 0);
        assert_null(test_device(&m_old, "0000:00:02.0")->reset_methods);
}

static void trouble_adds_up(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_machine("hostile");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_GPUS | MACHINE_DETAILS, NULL, &m), 0);
        assert_string_equal(test_device(&m, "0000:03:00.0")->trouble,
                            "subsystem_vendor: too long, numa_node: not a number, "
                            "driver_override: not text, iommu_group: not a number, "
                            "resource: too long, reset_method: not text");
        assert_string_equal(test_device(&m, "0000:04:00.0")->trouble, "revision: not a number");
        assert_null(test_device(&m, "0000:00:02.0")->trouble);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(bars),
                cmocka_unit_test(displays),
                cmocka_unit_test(of_a_machine),
                cmocka_unit_test(no_reset_method),
                cmocka_unit_test(trouble_adds_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
