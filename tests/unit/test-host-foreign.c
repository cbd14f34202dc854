// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/foreign.h"

#include "host.h"

static Machine read_machine(TestRoot t)
{
        Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_FOREIGN | MACHINE_KERNELS, NULL, &m), 0);
        test_root_done(&t);
        return m;
}

static void all_that_guides_say(void **state)
{
        static const struct {
                ForeignKind kind;
                const char *file;
                unsigned line;
                const char *id; /* the first */
        } rows[] = {
                { FOREIGN_VFIO_IDS,        "/proc/cmdline",                      1, "10de:2204" },
                { FOREIGN_ACS_OVERRIDE,    "/proc/cmdline",                      1, NULL        },
                { FOREIGN_BLACKLIST,       "/proc/cmdline",                      1, "nouveau"   },
                { FOREIGN_BLACKLIST,       "/etc/modprobe.d/blacklist-gpu.conf", 1, "nouveau"   },
                { FOREIGN_BLACKLIST,       "/etc/modprobe.d/blacklist-gpu.conf", 2, "nvidia"    },
                { FOREIGN_BLACKLIST,       "/etc/modprobe.d/blacklist-gpu.conf", 3, "nvidia"    },
                { FOREIGN_VFIO_IDS,        "/etc/modprobe.d/vfio.conf",          2, "10de:2204" },
                { FOREIGN_SOFTDEP,         "/etc/modprobe.d/vfio.conf",          3, "nvidia"    },
                { FOREIGN_VFIO_VIRQFD,     "/etc/modules",                       5, NULL        },
                { FOREIGN_VFIO_VIRQFD,     "/etc/initramfs-tools/modules",       2, NULL        },
                { FOREIGN_DRIVERCTL,       "/etc/driverctl.d/0000:0c:00.0",      1, NULL        },
                { FOREIGN_MDEVCTL,         "/etc/mdevctl.d/0000:0b:00.0",        0, NULL        },
                { FOREIGN_LIBVIRT_MANAGED, "/etc/libvirt/qemu/win11.xml",        4, NULL        },
        };
        _cleanup_machine_ Machine m = read_machine(test_root_machine("foreign"));

        assert_int_equal(m.n_foreign, ARRAY_SIZE(rows));
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const Foreign *f = m.foreign + i;

                print_message("# %s\n", f->file);
                assert_int_equal(f->kind, rows[i].kind);
                assert_string_equal(f->file, rows[i].file);
                assert_int_equal(f->line, rows[i].line);
                assert_int_equal(f->ids.n > 0, !!rows[i].id);
                if (rows[i].id)
                        assert_string_equal(f->ids.items[0], rows[i].id);
                assert_int_equal(f->has_address, i >= 10);
        }
}

static void arguments_of_others_are_no_business(void **state)
{
        _cleanup_machine_ Machine m = read_machine(test_root_text(
                "f proc/cmdline 0444 \"module_blacklist=pcspkr modprobe.blacklist=floppy,amdgpu "
                "vfio_pci.ids=1002:73bf vfio-pci.disable_vga=1 xvfio-pci.ids=1\\n\"\n"));

        assert_int_equal(m.n_foreign, 2);
        assert_int_equal(m.foreign[0].kind, FOREIGN_BLACKLIST);
        assert_int_equal(m.foreign[0].ids.n, 1);
        assert_string_equal(m.foreign[0].ids.items[0], "amdgpu");
        assert_string_equal(m.foreign[1].text, "vfio_pci.ids=1002:73bf");
}

static void text_is_safe_to_show(void **state)
{
        _cleanup_machine_ Machine m = read_machine(
                test_root_text("f etc/driverctl.d/0000:01:00.0 0644 \"\\x1b[2Jvfio-pci\\n\"\n"
                               "f etc/driverctl.d/0000:02:00.0 0644 \"vfio-pci\\n\"\n"
                               "f etc/driverctl.d/pci-thing 0644 \"vfio-pci\\n\"\n"));

        assert_int_equal(m.n_foreign, 2);
        assert_string_equal(m.foreign[0].text, "…");
        assert_string_equal(m.foreign[1].text, "vfio-pci");
}

static void drivers_of_gpus(void **state)
{
        assert_true(is_gpu_driver("nvidia"));
        assert_true(is_gpu_driver("nvidia-drm"));
        assert_true(is_gpu_driver("nvidia_current"));
        assert_true(is_gpu_driver("xe"));
        assert_false(is_gpu_driver("nvidiafb"));
        assert_false(is_gpu_driver("snd_hda_intel"));
        assert_false(is_gpu_driver(""));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_that_guides_say),
                cmocka_unit_test(arguments_of_others_are_no_business),
                cmocka_unit_test(text_is_safe_to_show),
                cmocka_unit_test(drivers_of_gpus),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
