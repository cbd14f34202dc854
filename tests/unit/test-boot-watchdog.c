// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/boot.h"

#include "host.h"
#include "util/atomic.h"

#define MENU         "f boot/grub/grub.cfg 0644 \"set gpuhost_args=\\\"\\\"\\n\"\n"
#define OTHERS       "f boot/grub/grub.cfg 0644 \"set gpuhost_args=\\\"\\\"\\nchainloader +1\\n\"\n"
#define ENV(tries)   "f boot/grub/grubenv 0644 \"# GRUB Environment Block\\n" tries "##########\"\n"
#define LEFT(n)      ENV("gpuhost_tries=" n "\\n")
#define CMDLINE(s)   "f proc/cmdline 0444 \"" s "\\n\"\n"
#define MOUNT        "f proc/self/mountinfo 0444 \"28 1 259:2 / / rw - ext4 /dev/sda2 rw\\n\"\n"
#define KEXEC        "f proc/sys/kernel/bootloader_type 0444 \"208\\n\"\n"
#define RESULT(word) "f run/gpuhost/watchdog 0644 \"" word "\\n\"\n"
#define STATE        "f var/lib/gpuhost/kernel-arguments 0644 \"\"\n"
#define FIRMWARE                                                                                   \
        "b sys/firmware/efi/efivars/BootCurrent-8be4df61-93ca-11d2-aa0d-00e098032b8c 0644 "        \
        "060000000000\n"
#define ON  CMDLINE("quiet") MOUNT
#define OFF CMDLINE("gpuhost=off") MOUNT

static void read_machine(Root *root, Machine *ret)
{
        assert_int_equal(machine_read(root, MACHINE_BOOT | MACHINE_ARGUMENTS, NULL, ret), 0);
}

static int left_in(Root *root)
{
        _cleanup_machine_ Machine m = {};

        read_machine(root, &m);
        return m.boot_loader.watchdog.left;
}

/* What a boot that came up makes of the count. */
static void verdicts(void **state)
{
        static const struct {
                const char *tree;
                BootVerdict verdict;
                int left;
        } rows[] = {
                { MENU LEFT("2") ON STATE,                               BOOT_GOOD,        3              },
                { MENU LEFT("0") ON STATE,                               BOOT_GOOD,        3              }, /* the last attempt came up */
                { OTHERS LEFT("2") ON STATE,                             BOOT_GOOD,        BOOT_UNCOUNTED },
                { OTHERS ENV("") ON STATE,                               BOOT_GOOD,        BOOT_UNCOUNTED },
                { MENU LEFT("3") ON STATE,                               BOOT_MISSED,      3              },
                { MENU LEFT("3") ON KEXEC STATE,                         BOOT_GOOD,        3              },
                { MENU LEFT("3") ON RESULT("good") STATE,                BOOT_GOOD,        3              }, /* a soft reboot */
                { MENU LEFT("3") ON RESULT("armed") STATE,               BOOT_GOOD,        3              },
                { MENU LEFT("3") ON RESULT("inactive") STATE,            BOOT_MISSED,      3              },
                { MENU LEFT("0") OFF STATE,                              BOOT_DISARMED,    0              },
                { MENU LEFT("1") OFF STATE,                              BOOT_OFF,         2              },
                { MENU LEFT("1") OFF RESULT("off") STATE,                BOOT_OFF,         1              }, /* given back before */
                { MENU LEFT("3") OFF STATE,                              BOOT_OFF,         3              },
                { MENU ENV("") OFF STATE,                                BOOT_OFF,         BOOT_UNCOUNTED },
                { MENU LEFT("2") ON,                                     BOOT_NOT_WATCHED, 2              },
                { "f boot/grub/grub.cfg 0644 \"\"\n" LEFT("2") ON STATE, BOOT_NOT_WATCHED, 2              },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_test_root_ TestRoot t = test_root_text(rows[i].tree);
                _cleanup_machine_ Machine m = {};
                BootVerdict verdict;

                print_message("# row %zu\n", i);
                read_machine(t.root, &m);
                assert_int_equal(boot_watchdog_good(t.root, &m, &verdict), 0);
                assert_int_equal(verdict, rows[i].verdict);
                assert_int_equal(left_in(t.root), rows[i].left);
        }
}

static void armed_and_removed(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(MENU LEFT("0") ON STATE);
        _cleanup_free_ char *text = NULL;
        _cleanup_machine_ Machine m = {};

        read_machine(t.root, &m);
        assert_int_equal(boot_watchdog_arm(t.root, &m), 0);
        assert_int_equal(left_in(t.root), BOOT_TRIES);
        assert_true(root_exists(t.root, "run/gpuhost/watchdog"));
        assert_int_equal(boot_watchdog_remove(t.root, &m), 0);
        assert_int_equal(boot_watchdog_remove(t.root, &m), 0);
        assert_int_equal(left_in(t.root), BOOT_UNCOUNTED);
        assert_false(root_exists(t.root, "run/gpuhost/watchdog"));
        assert_int_equal(root_read_file(t.root, "boot/grub/grubenv", 4096, &text, NULL), 0);
        assert_null(strstr(text, "gpuhost"));
}

static void nobody_counts(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d boot\n");
        _cleanup_machine_ Machine m = {};

        read_machine(t.root, &m);
        assert_int_equal(boot_watchdog_arm(t.root, &m), -EOPNOTSUPP);
        assert_int_equal(boot_watchdog_remove(t.root, &m), 0);
}

/* Three times the count goes down, then the boot is off; and each boot is counted once. */
static void counted_in_the_firmware(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(CMDLINE("quiet") "d run\n" FIRMWARE);
        bool disarmed;

        for (int left = BOOT_TRIES; left >= 0; left--) {
                _cleanup_machine_ Machine m = {};

                read_machine(t.root, &m);
                if (left == BOOT_TRIES)
                        assert_int_equal(boot_watchdog_arm(t.root, &m), 0);
                assert_int_equal(left_in(t.root), left);
                for (int again = 0; again < 2; again++) {
                        assert_int_equal(boot_watchdog_count(t.root, &disarmed), 0);
                        assert_int_equal(disarmed, left == 0);
                }
                assert_int_equal(root_exists(t.root, BOOT_OFF_FILE), left == 0);
                assert_int_equal(root_unlink_sync(t.root, "run/gpuhost/counted"), 0);
        }
}

static void good_and_removed_in_the_firmware(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(CMDLINE("quiet") "d run\n" FIRMWARE);
        _cleanup_machine_ Machine first = {}, m = {};
        BootVerdict verdict;
        bool disarmed;

        read_machine(t.root, &first);
        assert_int_equal(boot_watchdog_arm(t.root, &first), 0);
        assert_int_equal(boot_watchdog_count(t.root, &disarmed), 0);
        read_machine(t.root, &m);
        assert_int_equal(boot_watchdog_good(t.root, &m, &verdict), 0);
        assert_int_equal(verdict, BOOT_GOOD);
        assert_int_equal(left_in(t.root), BOOT_TRIES);
        assert_int_equal(boot_watchdog_remove(t.root, &m), 0);
        assert_int_equal(left_in(t.root), BOOT_UNCOUNTED);
        assert_int_equal(boot_watchdog_count(t.root, &disarmed), 0);
        assert_false(disarmed);
}

static void words(void **state)
{
        for (int i = BOOT_NOT_WATCHED; i <= BOOT_OFF; i++)
                assert_int_equal(enum_from_string(&boot_verdict_table,
                                                  enum_to_string(&boot_verdict_table, i)),
                                 i);
        /* host/watchdog.c reads this one */
        assert_string_equal(enum_to_string(&boot_verdict_table, BOOT_MISSED), "inactive");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(verdicts),
                cmocka_unit_test(armed_and_removed),
                cmocka_unit_test(nobody_counts),
                cmocka_unit_test(counted_in_the_firmware),
                cmocka_unit_test(good_and_removed_in_the_firmware),
                cmocka_unit_test(words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
