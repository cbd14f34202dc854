// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/loader.h"

#include "host.h"

#define INFO "sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define STUB "sys/firmware/efi/efivars/StubInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define GRUB "f boot/grub/grub.cfg 0644 \"\"\n"

/* "systemd-boot", "GRUB 2.12" behind four bytes of attributes. */
#define SYSTEMD_BOOT "06000000730079007300740065006d0064002d0062006f006f007400"
#define BLI_OF_GRUB  "060000004700520055004200200032002e00310032000000"

static void kinds(void **state)
{
        static const struct {
                const char *tree;
                BootLoaderKind kind;
                bool efi;
                const char *evidence;
        } rows[] = {
                { "d boot\n",                                                                  BOOT_LOADER_UNKNOWN,      false, NULL                   },
                { GRUB,                                                                        BOOT_LOADER_GRUB,         false, "/boot/grub/grub.cfg"  },
                { "f boot/grub2/grub.cfg 0600 \"\"\n",                                         BOOT_LOADER_GRUB,         false,
                 "/boot/grub2/grub.cfg"                                                                                                                },
                { GRUB "b " INFO " 0644 " BLI_OF_GRUB "\n",                                    BOOT_LOADER_GRUB,         true,
                 "/boot/grub/grub.cfg"                                                                                                                 },
                { GRUB "b " INFO " 0644 " SYSTEMD_BOOT "\n",                                   BOOT_LOADER_SYSTEMD_BOOT, true,
                 "/" INFO                                                                                                                              },
                { GRUB "b " INFO " 0644 " SYSTEMD_BOOT "\nb " STUB " 0644 " SYSTEMD_BOOT "\n",
                 BOOT_LOADER_UKI,                                                                                        true,  "/" STUB               },
                { GRUB "b " INFO " 0644 0600000072004500\n",                                   BOOT_LOADER_UNKNOWN,      true,  "/" INFO               },
                { GRUB "b " INFO " 0644 060000\n",                                             BOOT_LOADER_GRUB,         true,  "/boot/grub/grub.cfg"  },
                { "f boot/firmware/config.txt 0644 \"\"\n",                                    BOOT_LOADER_RPI,          false,
                 "/boot/firmware/config.txt"                                                                                                           },
                { "f boot/firmware/config.txt 0644 \"\"\n" GRUB "d sys/firmware/efi\n",
                 BOOT_LOADER_GRUB,                                                                                       true,  "/boot/grub/grub.cfg"  },
                { "f boot/grub2/grub.cfg 0644 \"\"\nd boot/loader/entries\nf usr/sbin/grubby 0755 "
                  "\"\"\n",                                                   BOOT_LOADER_GRUBBY,       false, "/usr/sbin/grubby"     },
                { "f boot/grub2/grub.cfg 0644 \"\"\nf usr/sbin/grubby 0755 \"\"\n",
                 BOOT_LOADER_GRUB,                                                                                       false, "/boot/grub2/grub.cfg" },
                { "f run/ostree-booted 0644 \"\"\nb " INFO " 0644 " SYSTEMD_BOOT
                  "\nf usr/bin/bootc 0755 \"\"\n",                            BOOT_LOADER_BOOTC,        true,  "/run/ostree-booted"   },
                { "f run/ostree-booted 0644 \"\"\nf usr/bin/bootc 0755 \"\"\nf "
                  "usr/bin/rpm-ostree 0755 \"\"\n",                           BOOT_LOADER_OSTREE,       false, "/run/ostree-booted"   },
                { "f run/ostree-booted 0644 \"\"\n",                                           BOOT_LOADER_OSTREE,       false,
                 "/run/ostree-booted"                                                                                                                  },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_test_root_ TestRoot t = test_root_text(rows[i].tree);
                _cleanup_machine_ Machine m = {};

                print_message("# row %zu\n", i);
                assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
                assert_int_equal(m.boot_loader.kind, rows[i].kind);
                assert_int_equal(m.boot_loader.efi, rows[i].efi);
                assert_true(streq_ptr(m.boot_loader.evidence, rows[i].evidence));
        }
}

static void configured_by_grub(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text("f boot/grub/grub.cfg 0644 \"linux /vmlinuz-6.1 quiet\\n\"\n"
                               "f var/lib/gpuhost/kernel-arguments 0644 "
                               "\"hugepagesz=1G\\nhugepages=0:4\\n\"\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
        assert_true(m.boot_loader.configured_known);
        assert_int_equal(m.boot_loader.configured.n, 2);
        assert_string_equal(m.boot_loader.configured.items[0], "hugepagesz=1G");
        assert_string_equal(m.boot_loader.configured.items[1], "hugepages=0:4");
}

static void configured_by_kernel_install(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_machine("systemd-boot");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
        assert_int_equal(m.boot_loader.kind, BOOT_LOADER_SYSTEMD_BOOT);
        assert_true(m.boot_loader.configured_known);
        assert_true(str_list_contains(&m.boot_loader.configured, "quiet"));
}

static void not_known_elsewhere(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("f etc/kernel/cmdline 0644 \"quiet\\n\"\n"
                                                        "f run/ostree-booted 0644 \"\"\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
        assert_false(m.boot_loader.configured_known);
        assert_int_equal(m.boot_loader.configured.n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(kinds),
                cmocka_unit_test(configured_by_grub),
                cmocka_unit_test(configured_by_kernel_install),
                cmocka_unit_test(not_known_elsewhere),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
