// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/preflight.h"

#include "host.h"

#define CARD  "sys/devices/pci0000:00/0000:00:01.0"
#define AUDIO "sys/devices/pci0000:00/0000:00:01.1"
#define PCI                                                                                        \
        "l sys/bus/pci/devices/0000:00:01.0 -> ../../../devices/pci0000:00/0000:00:01.0\n"         \
        "l sys/bus/pci/devices/0000:00:01.1 -> ../../../devices/pci0000:00/0000:00:01.1\n"         \
        "f " CARD "/class 0444 \"0x030000\\n\"\n"                                                  \
        "%s"                                                                                       \
        "f " CARD "/device 0444 \"0x2204\\n\"\n"                                                   \
        "f " CARD "/vendor 0444 \"0x10de\\n\"\n"                                                   \
        "f " AUDIO "/class 0444 \"0x040300\\n\"\n"                                                 \
        "b " AUDIO "/config 0644 ffffffff\n"                                                       \
        "f " AUDIO "/device 0444 \"0x1aef\\n\"\n"                                                  \
        "f " AUDIO "/vendor 0444 \"0x10de\\n\"\n"                                                  \
        "f sys/power/state 0644 \"%s\\n\"\n"

static void read_machine(const char *before, const char *config, const char *power, Machine *ret)
{
        _cleanup_free_ char *pci = format_string(PCI, config, power);
        _cleanup_free_ char *text = format_string("%s%s", before, pci);
        _cleanup_test_root_ TestRoot t = test_root_text(text);

        assert_int_equal(machine_read(t.root, MACHINE_GPUS | MACHINE_PREFLIGHT, NULL, ret), 0);
        assert_int_equal(ret->n_devices, 2);
}

static void who_answers(void **state)
{
        _cleanup_machine_ Machine m = {}, cut = {}, none = {};

        read_machine("", "b " CARD "/config 0644 de100422\n", "", &m);
        assert_false(test_device(&m, "0000:00:01.0")->dead);
        assert_true(test_device(&m, "0000:00:01.1")->dead);
        read_machine("", "b " CARD "/config 0644 ffff\n", "", &cut);
        assert_false(test_device(&cut, "0000:00:01.0")->dead);
        read_machine("", "", "", &none);
        assert_false(test_device(&none, "0000:00:01.0")->dead);
}

static void who_holds_memory(void **state)
{
        static const struct {
                const char *lines, *framebuffer;
        } rows[] = {
                { "  e0000000-efffffff : 0000:00:01.0\\n    e0000000-e0ffffff : efifb\\n",
                 "efifb"                                                                          },
                { "  e0-ef : 0000:00:01.0\\n    e0-ee : BOOTFB\\n      e0-ee : simplefb\\n",
                 "simplefb"                                                                       },
                { "  e0-ef : 0000:00:01.0\\n    e0-ee : nvidia\\n",                          NULL },
                { "  e0-ef : 0000:00:01.0\\n  f0-ff : efifb\\n",                             NULL }, /* beside it */
                { "  e0-ef : 0000:00:02.0\\n    e0-ee : efifb\\n",                           NULL },
                { "efifb\\n : \\n",                                                          NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *iomem =
                        format_string("f proc/iomem 0444 \"%s\"\n", rows[i].lines);
                _cleanup_machine_ Machine m = {};
                const char *is;

                read_machine(iomem, "", "", &m);
                is = test_device(&m, "0000:00:01.0")->framebuffer;
                print_message("# %s\n", rows[i].lines);
                assert_true(is == rows[i].framebuffer || streq(is, rows[i].framebuffer));
        }
}

static void who_sleeps(void **state)
{
        _cleanup_machine_ Machine none = {}, can = {}, masked = {};

        read_machine("", "", "", &none);
        assert_false(none.can_sleep);
        read_machine("", "", "freeze mem", &can);
        assert_true(can.can_sleep);
        read_machine("l etc/systemd/system/sleep.target -> /dev/null\n", "", "freeze mem", &masked);
        assert_false(masked.can_sleep);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_answers),
                cmocka_unit_test(who_holds_memory),
                cmocka_unit_test(who_sleeps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
