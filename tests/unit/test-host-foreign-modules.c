// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host.h"
#include "host/foreign.h"

typedef int (*Reader)(Machine *m, const char *file, char *line, unsigned number);

static void try_line(Reader reader, const char *text, int expected, ForeignKind kind)
{
        _cleanup_free_ char *line = strdup(text);
        _cleanup_machine_ Machine m = {};

        print_message("# %s\n", text);
        assert_int_equal(reader(&m, "etc/x", line, 7), expected);
        assert_int_equal(m.n_foreign, expected);
        if (expected == 0)
                return;
        assert_int_equal(m.foreign[0].kind, kind);
        assert_int_equal(m.foreign[0].line, 7);
}

static void modprobe_lines(void **state)
{
        static const struct {
                const char *line;
                int r;
                ForeignKind kind;
        } rows[] = {
                { "options vfio-pci ids=10de:2204",                  1, FOREIGN_VFIO_IDS  },
                { "  options\tvfio_pci disable_vga=1 ids=10de:2204", 1, FOREIGN_VFIO_IDS  },
                { "options vfio-pci disable_vga=1",                  0, 0                 },
                { "options nvidia ids=10de:2204",                    0, 0                 },
                { "# options vfio-pci ids=10de:2204",                0, 0                 },
                { "blacklist nouveau",                               1, FOREIGN_BLACKLIST },
                { "blacklist pcspkr",                                0, 0                 },
                { "blacklist",                                       0, 0                 },
                { "install amdgpu /usr/bin/false",                   1, FOREIGN_BLACKLIST },
                { "install nvidia /bin/true",                        1, FOREIGN_BLACKLIST },
                { "install nvidia modprobe nvidia-current",          0, 0                 },
                { "install nvidia",                                  0, 0                 },
                { "softdep nvidia pre: vfio-pci",                    1, FOREIGN_SOFTDEP   },
                { "softdep nouveau pre: a vfio_pci post: b",         1, FOREIGN_SOFTDEP   },
                { "softdep nvidia post: vfio-pci",                   0, 0                 },
                { "softdep vfio post: vfio-pci",                     0, 0                 },
                { "",                                                0, 0                 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                try_line(foreign_modprobe_line, rows[i].line, rows[i].r, rows[i].kind);
}

static void modules_lines(void **state)
{
        static const struct {
                const char *line;
                int r;
                ForeignKind kind;
        } rows[] = {
                { "vfio_virqfd",                      1, FOREIGN_VFIO_VIRQFD },
                { " vfio-virqfd ",                    1, FOREIGN_VFIO_VIRQFD },
                { "#vfio_virqfd",                     0, 0                   },
                { "; vfio_virqfd",                    0, 0                   },
                { "vfio",                             0, 0                   },
                { "vfio_pci ids=10de:2204,10de:1aef", 1, FOREIGN_VFIO_IDS    },
                { "vfio-pci",                         0, 0                   },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                try_line(foreign_modules_line, rows[i].line, rows[i].r, rows[i].kind);
}

static Machine read_machine(const char *text)
{
        _cleanup_test_root_ TestRoot t = test_root_text(text);
        Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_FOREIGN | MACHINE_KERNELS, NULL, &m), 0);
        return m;
}

static void virqfd_of_an_older_kernel(void **state)
{
        _cleanup_machine_ Machine m =
                read_machine("f etc/modules 0644 \"vfio_virqfd\\n\"\n"
                             "f usr/lib/modules/6.1/modules.dep 0644 \"vfio_virqfd.ko:\\n\"\n"
                             "f usr/lib/modules/6.12/modules.dep 0644 \"vfio.ko:\\n\"\n");

        assert_int_equal(m.n_foreign, 0);
}

static void what_hides_what(void **state)
{
        _cleanup_machine_ Machine m =
                read_machine("l etc/modprobe.d/a.conf -> /dev/null\n"
                             "f etc/modprobe.d/b.conf~ 0644 \"blacklist xe\\n\"\n"
                             "f etc/modules 0644 \"vfio_virqfd\\n\"\n"
                             "l etc/modules-load.d/modules.conf -> ../modules\n"
                             "f run/modprobe.d/c.conf 0644 \"blacklist i915\\n\"\n"
                             "f usr/lib/modprobe.d/a.conf 0644 \"blacklist nouveau\\n\"\n"
                             "f usr/lib/modprobe.d/c.conf 0644 \"blacklist radeon\\n\"\n");

        assert_int_equal(m.n_foreign, 2);
        assert_string_equal(m.foreign[0].ids.items[0], "i915");
        assert_string_equal(m.foreign[1].file, "/etc/modules");
}

static void a_line_in_two_parts(void **state)
{
        _cleanup_machine_ Machine m = read_machine(
                "f etc/modprobe.d/a.conf 0644 \"\\noptions vfio-pci \\\\\\n  ids=10de:2204\\nblacklist "
                "xe\\n\"\n");

        assert_int_equal(m.n_foreign, 2);
        assert_int_equal(m.foreign[0].line, 2);
        assert_string_equal(m.foreign[0].ids.items[0], "10de:2204");
        assert_int_equal(m.foreign[1].line, 4);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(modprobe_lines),
                cmocka_unit_test(modules_lines),
                cmocka_unit_test(virqfd_of_an_older_kernel),
                cmocka_unit_test(what_hides_what),
                cmocka_unit_test(a_line_in_two_parts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
