// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/users.h"

#include "host.h"

#define CARD(address)                                                                              \
        "f sys/bus/pci/devices/" address "/class 0444 \"0x030000\\n\"\n"                           \
        "f sys/bus/pci/devices/" address "/device 0444 \"0x2204\\n\"\n"                            \
        "f sys/bus/pci/devices/" address "/vendor 0444 \"0x10de\\n\"\n"

static void what_is_written_is_read(void **state)
{
        static const char text[] = "0000:01:00.0 held Xorg (pid 812, gdm.service) holds "
                                   "/dev/dri/card0\n"
                                   "0000:02:00.0 none\n";
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f run/gpuhost/users 0644 \"0000:01:00.0 held Xorg (pid 812, gdm.service) holds "
                "/dev/dri/card0\\n0000:02:00.0 none\\n0000:03:00.0 maybe\\n0000:04:00.0 held "
                "\\x1b[2J\\nnobody\\n\\n\"\n" CARD("0000:01:00.0") CARD("0000:02:00.0")
                        CARD("0000:03:00.0") CARD("0000:04:00.0"));
        _cleanup_machine_ Machine m = {};
        _cleanup_str_buf_ StrBuf out = {};

        assert_int_equal(machine_read(t.root, MACHINE_GPUS | MACHINE_PREPARED, NULL, &m), 0);
        assert_int_equal(m.n_devices, 4);
        assert_int_equal(m.devices[0].use, DEVICE_USE_HELD);
        assert_int_equal(m.devices[1].use, DEVICE_USE_NONE);
        assert_int_equal(m.devices[2].use, DEVICE_USE_UNKNOWN);
        assert_int_equal(m.devices[3].use, DEVICE_USE_UNKNOWN);
        users_format(&m, &out);
        assert_string_equal(str_buf_get(&out), text);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_written_is_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
