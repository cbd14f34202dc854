// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/boot.h"

#include "boot/loader.h"
#include "host.h"
#include "util/atomic.h"

#define UPDATE "f usr/sbin/update-grub 0755 \"\"\n"

static const Machine grub = { .boot_loader.kind = BOOT_LOADER_GRUB };

static StrList two_words(void)
{
        StrList words = {};

        assert_int_equal(str_list_add(&words, "hugepagesz=1G"), 0);
        assert_int_equal(str_list_add(&words, "hugepages=0:4"), 0);
        return words;
}

static void perform(Root *root, const BootWork *work)
{
        for (size_t i = 0; i < work->n_files; i++) {
                const BootFile *f = work->files + i;

                assert_int_equal(f->text ? root_write_atomic(root, f->path, f->text,
                                                             strlen(f->text), f->mode)
                                         : root_unlink_sync(root, f->path),
                                 0);
        }
}

/* How many files and commands it takes; and has the files be so. */
static void expect_work(Root *root, const StrList *words, size_t files, size_t commands)
{
        _cleanup_boot_work_ BootWork work = {};

        assert_int_equal(boot_arguments_work(root, &grub, words, &work), 0);
        assert_int_equal(work.n_files, files);
        assert_int_equal(work.n_commands, commands);
        if (commands > 0)
                assert_string_equal(work.commands[0].argv.items[0], "/usr/sbin/update-grub");
        perform(root, &work);
}

static void write_menu(Root *root, const char *text)
{
        assert_int_equal(root_write_atomic(root, "boot/grub/grub.cfg", text, strlen(text), 0600),
                         0);
}

static void assert_text(Root *root, const char *path, const char *expected)
{
        _cleanup_free_ char *text = NULL;

        assert_int_equal(root_read_file(root, path, 4096, &text, NULL), 0);
        assert_string_equal(text, expected);
}

/* There, again, and away. */
static void grub_arguments(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(UPDATE);
        _cleanup_str_list_ StrList words = two_words();

        expect_work(t.root, &words, 4, 1);
        assert_text(t.root, "var/lib/gpuhost/kernel-arguments", "hugepagesz=1G\nhugepages=0:4\n");
        assert_text(t.root, "etc/default/grub.d/zz-gpuhost.cfg",
                    "# Written by gpuhost apply, removed by gpuhost revert. See gpuhost-boot(7).\n"
                    "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT \\$gpuhost_args\"\n");
        expect_work(t.root, &words, 0, 1); /* it was cut short */
        write_menu(t.root, "#\nset gpuhost_args=\"hugepages=4\"\n");
        expect_work(t.root, &words, 0, 1);
        write_menu(t.root, "#\nset gpuhost_args=\"hugepagesz=1G hugepages=0:4\"\n");
        expect_work(t.root, &words, 0, 0);
        assert_int_equal(str_list_add(&words, "iommu.passthrough=1"), 0);
        expect_work(t.root, &words, 1, 1);
        expect_work(t.root, NULL, 4, 1);
        expect_work(t.root, NULL, 0, 1);
        write_menu(t.root, "#\n");
        expect_work(t.root, NULL, 0, 0);
}

static void a_new_initramfs_is_a_new_attempt(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text(UPDATE "f usr/sbin/update-initramfs 0755 \"\"\n");
        _cleanup_str_list_ StrList words = two_words();

        expect_work(t.root, &words, 5, 1);
        assert_true(root_exists(t.root, "etc/initramfs/post-update.d/gpuhost"));
        expect_work(t.root, NULL, 5, 1);
}

/* No arguments are not nothing: the file is there, and the boot is watched. */
static void grub_without_arguments(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(UPDATE);
        StrList none = {};

        expect_work(t.root, &none, 4, 1);
        assert_text(t.root, "var/lib/gpuhost/kernel-arguments", "");
}

static void grub_refuses_what_it_would_expand(void **state)
{
        static const char *const words[] = { "a b", "a\nb", "$x", "a\"b", "a'b",
                                             "a*",  "\\",   "",   "a;b" };
        _cleanup_test_root_ TestRoot t = test_root_text(UPDATE);

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                _cleanup_str_list_ StrList list = {};
                _cleanup_boot_work_ BootWork work = {};

                assert_int_equal(str_list_add(&list, words[i]), 0);
                assert_int_equal(boot_arguments_work(t.root, &grub, &list, &work), -EINVAL);
        }
}

static void not_ours(void **state)
{
        static const Machine machines[] = {
                { .boot_loader.kind = BOOT_LOADER_UNKNOWN },
                { .boot_loader.kind = BOOT_LOADER_RPI },
                { .boot_loader.kind = BOOT_LOADER_GRUB }, /* without update-grub */
        };
        _cleanup_test_root_ TestRoot t = test_root_text("d boot\n");
        StrList none = {};

        for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
                _cleanup_boot_work_ BootWork work = {};

                assert_int_equal(boot_arguments_work(t.root, machines + i, &none, &work),
                                 -EOPNOTSUPP);
        }
}

/* What the plan promises is what there is code for. */
static void written_as_planned(void **state)
{
        for (int kind = BOOT_LOADER_UNKNOWN; kind <= BOOT_LOADER_RPI; kind++)
                assert_int_equal(boot_loader_is_written((BootLoaderKind)kind),
                                 boot_loader_spec((BootLoaderKind)kind) != NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(grub_arguments),
                cmocka_unit_test(a_new_initramfs_is_a_new_attempt),
                cmocka_unit_test(grub_without_arguments),
                cmocka_unit_test(grub_refuses_what_it_would_expand),
                cmocka_unit_test(not_ours),
                cmocka_unit_test(written_as_planned),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
