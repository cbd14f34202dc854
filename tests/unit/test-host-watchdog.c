// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/watchdog.h"

#include "host.h"

#define NONE        BOOT_WATCHDOG_NONE
#define GRUB        BOOT_WATCHDOG_GRUBENV
#define VARIABLE    BOOT_WATCHDOG_EFI
#define MENU        "f boot/grub/grub.cfg 0644 \"\"\n"
#define SECTION(of) "### BEGIN /etc/grub.d/" of " ###\\n"
#define OURS        "f boot/grub/grub.cfg 0644 \"\\nset gpuhost_args=\\\"\\\"\\n\"\n"
#define ENV(text)   "f boot/grub/grubenv 0644 \"# GRUB Environment Block\\n" text "####\"\n"
#define MOUNT(type) "f proc/self/mountinfo 0444 \"28 1 259:2 / / rw - " type " /dev/sda2 rw\\n\"\n"
#define EXT4        MOUNT("ext4")
#define XFS         MOUNT("xfs")
#define BTRFS       MOUNT("btrfs")
#define DM          "d sys/dev/block/259:2/dm\n"
#define STATE       "f var/lib/gpuhost/kernel-arguments 0644 \"\"\n"
#define EFI         "sys/firmware/efi/efivars/"
#define FIRMWARE    "b " EFI "BootCurrent-8be4df61-93ca-11d2-aa0d-00e098032b8c 0644 060000000000\n"
#define COUNT(hex)                                                                                 \
        "b " EFI "GpuhostTries-9c6b6c1e-6f0e-4b44-9f31-5a3a2b1d7c02 0644 07000000" hex "\n"

static void kinds(void **state)
{
        static const struct {
                const char *tree;
                BootWatchdogKind kind;
                int left;
                bool installed;
        } rows[] = {
                { "d boot\n",                                NONE,     -1, false },
                { MENU ENV("") EXT4,                         GRUB,     -1, false },
                { MENU ENV("a=b\\ngpuhost_tries=2\\n") XFS,  GRUB,     2,  false },
                { OURS ENV("gpuhost_tries=0\\n") EXT4 STATE, GRUB,     0,  true  },
                { MENU ENV("gpuhost_tries=3\\n") EXT4 STATE, GRUB,     3,  false },
                { MENU ENV("gpuhost_tries=7\\n") EXT4,       GRUB,     -1, false },
                { MENU ENV("gpuhost_tries=22\\n") EXT4,      GRUB,     -1, false },
                { MENU EXT4,                                 NONE,     -1, false },
                { MENU ENV("") BTRFS,                        NONE,     -1, false },
                { MENU ENV("") EXT4 DM,                      NONE,     -1, false },
                { MENU ENV(""),                              NONE,     -1, false },
                { MENU ENV("") BTRFS FIRMWARE,               VARIABLE, -1, false },
                { FIRMWARE COUNT("02"),                      VARIABLE, 2,  true  },
                { FIRMWARE COUNT("00"),                      VARIABLE, 0,  true  },
                { FIRMWARE COUNT("ff"),                      VARIABLE, -1, false },
                { FIRMWARE COUNT(""),                        VARIABLE, -1, false },
                { MENU ENV("") EXT4 FIRMWARE,                GRUB,     -1, false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_test_root_ TestRoot t = test_root_text(rows[i].tree);
                _cleanup_machine_ Machine m = {};

                print_message("# row %zu\n", i);
                assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
                assert_int_equal(m.boot_loader.watchdog.kind, rows[i].kind);
                assert_int_equal(m.boot_loader.watchdog.left, rows[i].left);
                assert_int_equal(m.boot_loader.watchdog.installed, rows[i].installed);
                if (rows[i].kind == BOOT_WATCHDOG_NONE)
                        assert_non_null(m.boot_loader.watchdog.lack);
        }
}

static void other_systems(void **state)
{
        static const struct {
                const char *menu;
                bool others;
        } rows[] = {
                { SECTION("10_linux") "menuentry 'Debian' {\\n",                     false },
                { SECTION("30_os-prober") "### END /etc/grub.d/30_os-prober ###\\n", false },
                { SECTION("30_os-prober") "menuentry 'Arch' {\\n",                   true  },
                { "menuentry 'Windows' {\\n\\tchainloader +1\\n",                    true  },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_free_ char *tree =
                        format_string("f boot/grub/grub.cfg 0644 \"%s\"\n", rows[i].menu);
                _cleanup_test_root_ TestRoot t = test_root_text(tree);
                _cleanup_machine_ Machine m = {};

                assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
                assert_int_equal(m.boot_loader.other_systems, rows[i].others);
        }
}

static void kexec_and_result(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text("f proc/sys/kernel/bootloader_type 0444 \"208\\n\"\n"
                               "f run/gpuhost/watchdog 0644 \"inactive\\n\"\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
        assert_true(m.boot_loader.kexec);
        assert_true(m.boot_loader.watchdog.inactive);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(kinds),
                cmocka_unit_test(other_systems),
                cmocka_unit_test(kexec_and_result),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
