// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/addon.h"

#include "host.h"
#include "host/efi-variable.h"
#include "pe-file.h"
#include "util/atomic.h"

#define UUID  "4c1f7f0a-0001-4a00-8000-0123456789ab"
#define OTHER "4c1f7f0a-0002-4a00-8000-0123456789ab"

#define UKIFY   "f usr/bin/ukify 0755 \"\"\n"
#define STUB    "f usr/lib/systemd/boot/efi/addonx64.efi.stub 0644 \"\"\n"
#define TOOLS   UKIFY STUB
#define MOUNTED "f proc/self/mountinfo 0444 \"28 1 8:1 / /boot/efi rw - vfat /dev/sda1 rw\\n\"\n"
#define PART(number, uuid)                                                                         \
        "f run/udev/data/b" number " 0644 \"S:x\\nE:ID_PART_ENTRY_UUID=" uuid "\\n\"\n"
#define SECURE             "b " EFI_VARIABLE_GLOBAL("SecureBoot") " 0644 0600000001\n"
#define BARE               "b " EFI_VARIABLE_GLOBAL("SecureBoot") " 0644 0600000000\n"
#define CONFIG(tree, text) "f " tree "/systemd/ukify.conf 0644 \"[UKI]\\n" text "\"\n"

static void put_variable(Root *root, const char *path, const char *text)
{
        char data[256] = { 6 };
        size_t n = 4;

        for (; *text; text++, n += 2)
                data[n] = *text;
        assert_int_equal(root_write_atomic(root, path, data, n + 2, 0644), 0);
}

static TestRoot root_of(const char *tree, const char *stub)
{
        TestRoot t = test_root_text(tree);

        put_variable(t.root, EFI_VARIABLE_OF_LOADER("StubInfo"), stub);
        return t;
}

static void lacks(void **state)
{
        static const struct {
                const char *stub, *tree;
                AddonLack lack;
        } rows[] = {
                { "systemd-stub 257.8-1~deb13u1", MOUNTED TOOLS, ADDON_LACKS_NOTHING },
                { "systemd-stub 254", MOUNTED TOOLS, ADDON_LACKS_NOTHING },
                { "systemd-stub v255-rc1", MOUNTED TOOLS, ADDON_LACKS_NOTHING },
                { "systemd-stub 252.39-1", MOUNTED TOOLS, ADDON_LACKS_READER },
                { "systemd-stub", MOUNTED TOOLS, ADDON_LACKS_READER },
                { "stubby 300", MOUNTED TOOLS, ADDON_LACKS_READER },
                { "systemd-stub 257", TOOLS, ADDON_LACKS_PARTITION },
                { "systemd-stub 257", MOUNTED STUB, ADDON_LACKS_TOOL },
                { "systemd-stub 257", MOUNTED UKIFY, ADDON_LACKS_STUB },
                { "systemd-stub 257", MOUNTED BARE TOOLS, ADDON_LACKS_NOTHING },
                { "systemd-stub 257", MOUNTED SECURE TOOLS, ADDON_LACKS_KEY },
                { "systemd-stub 257",
                 CONFIG("etc", "SecureBootPrivateKey = /k\\n") MOUNTED SECURE TOOLS,
                 ADDON_LACKS_NOTHING },
                { "systemd-stub 257",
                 MOUNTED SECURE TOOLS CONFIG("usr/lib", "SecureBootCertificateName=x\\n"),
                 ADDON_LACKS_NOTHING },
                { "systemd-stub 257",
                 CONFIG("etc", "#SecureBootPrivateKey=/k\\n") MOUNTED SECURE TOOLS,
                 ADDON_LACKS_KEY },
                { "systemd-stub 257",
                 CONFIG("etc", "Splash=x\\n")
                          MOUNTED SECURE TOOLS CONFIG("usr/lib", "SecureBootPrivateKey=/k\\n"),
                 ADDON_LACKS_KEY },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_test_root_ TestRoot t = root_of(rows[i].tree, rows[i].stub);
                _cleanup_machine_ Machine m = {};

                print_message("# row %zu\n", i);
                assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
                assert_int_equal(m.boot_loader.kind, BOOT_LOADER_UKI);
                assert_int_equal(m.boot_loader.addon_lack, rows[i].lack);
        }
}

/* Where the image came from, told by the stub, else by whoever loaded it, and never by a guess against
 * both. */
static void partitions(void **state)
{
#define MOUNTS(text)               "f proc/self/mountinfo 0444 \"" text "\"\n"
#define MOUNT(number, point, type) "28 1 " number " / " point " rw - " type " /dev/x rw\\n"
        static const struct {
                const char *tree, *loader, *stub, *esp;
        } rows[] = {
                { MOUNTS(MOUNT("8:1", "/boot/efi", "vfat")), NULL, NULL, "boot/efi" },
                { MOUNTS(MOUNT("8:1", "/boot/efi", "vfat")) PART("8:1", UUID), UUID, NULL,
                 "boot/efi" },
                { MOUNTS(MOUNT("8:1", "/boot/efi", "vfat")) PART("8:1", OTHER), UUID, NULL, NULL },
                { MOUNTS(MOUNT("8:1", "/efi", "vfat") MOUNT("8:2", "/boot", "vfat"))
                          PART("8:1", OTHER) PART("8:2", UUID),
                 UUID, NULL, "boot" },
                { MOUNTS(MOUNT("8:1", "/efi", "vfat") MOUNT("8:2", "/boot", "vfat"))
                          PART("8:1", OTHER) PART("8:2", UUID),
                 OTHER, UUID, "boot" },
                { MOUNTS(MOUNT("8:1", "/efi", "vfat") MOUNT("8:2", "/boot", "vfat")), NULL, NULL,
                 "efi" },
                { MOUNTS(MOUNT("8:2", "/boot", "ext4") MOUNT("9:0", "/boot/efi", "vfat")), UUID,
                 NULL, "boot/efi" },
                { MOUNTS(MOUNT("0:40", "/efi", "autofs")), NULL, NULL, NULL },
                { MOUNTS(MOUNT("0:40", "/efi", "autofs") MOUNT("8:1", "/efi", "vfat")), NULL, NULL,
                 "efi" },
                { MOUNTS(MOUNT("8:1", "/boot", "vfat") MOUNT("8:2", "/boot", "ext4")), NULL, NULL,
                 NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_test_root_ TestRoot t = root_of(rows[i].tree, "systemd-stub 257");
                _cleanup_machine_ Machine m = {};

                print_message("# row %zu\n", i);
                if (rows[i].loader)
                        put_variable(t.root, EFI_VARIABLE_OF_LOADER("LoaderDevicePartUUID"),
                                     rows[i].loader);
                if (rows[i].stub)
                        put_variable(t.root, EFI_VARIABLE_OF_LOADER("StubDevicePartUUID"),
                                     rows[i].stub);
                assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
                assert_true(streq_ptr(m.boot_loader.esp, rows[i].esp));
                assert_true(streq_ptr(m.boot_loader.partition,
                                      !rows[i].loader ? NULL
                                      : streq(rows[i].stub ? rows[i].stub : rows[i].loader, UUID)
                                              ? "/dev/disk/by-partuuid/" UUID
                                              : "/dev/disk/by-partuuid/" OTHER));
        }
}

static void upper_case_is_the_same(void **state)
{
        _cleanup_test_root_ TestRoot t = root_of(MOUNTED PART("8:1", UUID), "systemd-stub 257");
        _cleanup_machine_ Machine m = {};

        put_variable(t.root, EFI_VARIABLE_OF_LOADER("LoaderDevicePartUUID"),
                     "4C1F7F0A-0001-4A00-8000-0123456789AB");
        assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
        assert_string_equal(m.boot_loader.esp, "boot/efi");
        assert_string_equal(m.boot_loader.partition, "/dev/disk/by-partuuid/" UUID);
}

static void put_addon(Root *root, const char *section, const char *text)
{
        char data[PE_SIZE];

        pe_file(data, section, text);
        assert_int_equal(root_write_atomic(root, "boot/efi/" BOOT_ADDON, data, PE_SIZE, 0644), 0);
}

/* What the addon says, and with it nobody else: the image's own words are not ours. */
static void configured(void **state)
{
        static const struct {
                const char *tree, *section, *text;
                bool known;
                size_t n;
                const char *last;
        } rows[] = {
                { MOUNTED TOOLS, ".cmdline", "a=1 x=\"b c\"", true,  2, "x=b c" },
                { MOUNTED TOOLS, ".cmdline", "",              true,  0, NULL    },
                { MOUNTED TOOLS, ".other2",  "a=1",           true,  0, NULL    },
                { MOUNTED STUB,  ".cmdline", "a=1",           true,  2, "a=1"   },
                { TOOLS,         ".cmdline", "a=1",           false, 0, NULL    },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_test_root_ TestRoot t = root_of(rows[i].tree, "systemd-stub 257");
                _cleanup_machine_ Machine m = {};
                const BootLoader *b = &m.boot_loader;

                print_message("# row %zu\n", i);
                put_addon(t.root, rows[i].section, rows[i].text);
                assert_int_equal(root_write_atomic(t.root, "etc/kernel/cmdline", "quiet", 5, 0644),
                                 0);
                assert_int_equal(machine_read(t.root, MACHINE_BOOT, NULL, &m), 0);
                assert_int_equal(b->configured_known, rows[i].known);
                assert_int_equal(b->addon, rows[i].known);
                assert_int_equal(b->configured.n, rows[i].n);
                if (rows[i].n > 0)
                        assert_string_equal(b->configured.items[rows[i].n - 1], rows[i].last);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lacks),
                cmocka_unit_test(partitions),
                cmocka_unit_test(upper_case_is_the_same),
                cmocka_unit_test(configured),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
