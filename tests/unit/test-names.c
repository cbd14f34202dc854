// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/names.h"

#include "host.h"

static Machine names_of(const char *text, const PciId *ids, size_t n)
{
        _cleanup_test_root_ TestRoot t = test_root_text(text);
        static const MachineWants wants = {};
        Machine m = {};

        m.devices = calloc(n, sizeof(PciDevice));
        assert_non_null(m.devices);
        for (size_t i = 0; i < n; i++)
                m.devices[m.n_devices++].id = ids[i];
        assert_int_equal(names_read(t.root, &wants, &m), 0);
        return m;
}

static void try_names(const char *text)
{
        static const PciId ids[] = {
                { 0x10de, 0x2684 },
                { 0x10de, 0xffff },
                { 0x8086, 0x0001 },
                { 0xffff, 0x2684 },
                { 0x0001, 0x2684 }
        };
        static const char *const expected[][2] = {
                { "NVIDIA Corporation", "AD102 [GeForce RTX 4090]" },
                { "NVIDIA Corporation", NULL                       },
                { "Intel Corporation",  "First"                    },
                { NULL,                 NULL                       },
                { NULL,                 NULL                       },
        };
        _cleanup_machine_ Machine m = names_of(text, ids, ARRAY_SIZE(ids));

        for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
                print_message("# row %zu\n", i);
                assert_true(streq_ptr(m.devices[i].vendor_name, expected[i][0]));
                assert_true(streq_ptr(m.devices[i].device_name, expected[i][1]));
        }
}

#define HWDB "f usr/lib/udev/hwdb.d/20-pci-vendor-model.hwdb 0644 "

static void from_hwdb(void **state)
{
        try_names(HWDB "\"# comment\\n\\npci:v00001002*\\n ID_VENDOR_FROM_DATABASE=AMD\\n\\n"
                       "pci:v000010DE*\\n ID_VENDOR_FROM_DATABASE=NVIDIA Corporation\\n\\n"
                       "pci:v000010DEd00002684*\\n ID_MODEL_FROM_DATABASE=AD102 [GeForce RTX "
                       "4090]\\n\\n"
                       "pci:v000010DEd00002684sv00001043*\\n ID_MODEL_FROM_DATABASE=Other\\n\\n"
                       "pci:v00008086*\\n ID_VENDOR_FROM_DATABASE=Intel Corporation\\n\\n"
                       "pci:v00008086d00000001*\\n ID_MODEL_FROM_DATABASE=First\"\n");
}

static void from_pci_ids(void **state)
{
        try_names("f usr/share/misc/pci.ids 0644 \"# comment\\n10de  NVIDIA "
                  "Corporation\\n\\t2684  AD102 [GeForce RTX 4090]\\n\\t\\t1043 88bf  Other\\n"
                  "1002  AMD\\n\\tffff  Not NVIDIA's\\n8086  Intel Corporation\\n\\t0001  "
                  "First\\n\"\n");
}

/* One entry more or less must not matter to bisection, wherever it stands. */
static void every_entry_is_found(void **state)
{
        enum { MAX = 40 };

        for (unsigned n = 1; n <= MAX; n++) {
                _cleanup_str_buf_ StrBuf text = {};
                PciId ids[2 * MAX];
                Machine m;

                str_buf_add(&text, HWDB "\"");
                for (unsigned i = 0; i < n; i++)
                        str_buf_printf(&text,
                                       "pci:v0000%04X*\\n ID_VENDOR_FROM_DATABASE=%.*s%u\\n\\n",
                                       2 * i + 1, (int)(i % 7), "aaaaaaa", i);
                str_buf_add(&text, "\"\n");
                for (unsigned i = 0; i < 2 * n; i++)
                        ids[i] = (PciId){ .vendor = (uint16_t)i };
                m = names_of(str_buf_get(&text), ids, 2 * n);
                for (unsigned i = 0; i < 2 * n; i++)
                        assert_int_equal(!!m.devices[i].vendor_name, i % 2);
                machine_done(&m);
        }
}

static void damaged_files(void **state)
{
        static const char *const files[] = {
                HWDB "\"\"\n",
                HWDB "\"pci:\"\n",
                HWDB "\"pci:v000010DE*\"\n",
                HWDB "\"pci:v000010DE*\\n ID_VENDOR_FROM_DATABASE=\"\n",
                HWDB "\"pci:v000010DE*\\n ID_VENDOR_FROM_DATABASE=\\x1b[2J\\n\"\n",
                HWDB "\"\\x00\\x00pci:v000010DE*\\x00\\n\"\n",
                HWDB "\"\\n\\n\\n\"\n",
                "f usr/share/misc/pci.ids 0644 \"10de\"\n",
                "f usr/share/misc/pci.ids 0644 \"10de  \\x1b\"\n",
                "d usr/lib/udev/hwdb.d/20-pci-vendor-model.hwdb\n",
                "d usr\n",
        };
        static const PciId ids[] = {
                { 0x10de, 0x2684 }
        };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                _cleanup_machine_ Machine m = names_of(files[i], ids, 1);

                print_message("# row %zu\n", i);
                assert_null(m.devices[0].vendor_name);
                assert_null(m.devices[0].device_name);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(from_hwdb),
                cmocka_unit_test(from_pci_ids),
                cmocka_unit_test(every_entry_is_found),
                cmocka_unit_test(damaged_files),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
