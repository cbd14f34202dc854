// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/boot.h"

#include "host.h"

#define UPDATE           "f usr/sbin/update-grub 0755 \"\"\n"
#define STATE            "f var/lib/gpuhost/kernel-arguments 0644 "
#define MENU_WITH(words) "f boot/grub/grub.cfg 0644 \"set gpuhost_args=\\\"" words "\\\"\\n\"\n"
#define AS_DECLARED      MENU_WITH("hugepagesz=1G hugepages=0:4")
#define CUT_SHORT        MENU_WITH("hugepages=4")
#define BOTH             "hugepagesz=1G\nhugepages=0:4\n"
#define STATE_BOTH       STATE "\"hugepagesz=1G\\nhugepages=0:4\\n\"\n"

static const Machine grub = { .boot_loader.kind = BOOT_LOADER_GRUB };

static StrList two_words(void)
{
        StrList words = {};

        assert_int_equal(str_list_add(&words, "hugepagesz=1G"), 0);
        assert_int_equal(str_list_add(&words, "hugepages=0:4"), 0);
        return words;
}

/* What is written and run, from which state to which. */
static void grub_arguments(void **state)
{
        static const struct {
                const char *tree;
                bool none;
                const char *text; /* NULL: no file is written */
                bool removes, updates;
        } rows[] = {
                { UPDATE,                        false, BOTH, false, true  },
                { AS_DECLARED UPDATE STATE_BOTH, false, NULL, false, false },
                { CUT_SHORT UPDATE STATE_BOTH,   false, NULL, false, true  },
                { UPDATE,                        true,  NULL, false, false },
                { UPDATE STATE_BOTH,             true,  NULL, true,  true  },
                { CUT_SHORT UPDATE,              true,  NULL, false, true  },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_test_root_ TestRoot t = test_root_text(rows[i].tree);
                _cleanup_str_list_ StrList words = two_words();
                _cleanup_boot_work_ BootWork work = {};

                print_message("# row %zu\n", i);
                assert_int_equal(
                        boot_arguments_work(t.root, &grub, rows[i].none ? NULL : &words, &work), 0);
                assert_int_equal(work.n_files, rows[i].text || rows[i].removes);
                if (work.n_files > 0) {
                        assert_string_equal(work.files[0].path, "var/lib/gpuhost/kernel-arguments");
                        assert_true(streq_ptr(work.files[0].text, rows[i].text));
                }
                assert_int_equal(work.n_commands, rows[i].updates);
                if (work.n_commands > 0)
                        assert_string_equal(work.commands[0].argv.items[0],
                                            "/usr/sbin/update-grub");
        }
}

/* No arguments are not nothing: the file is there, and the boot is watched. */
static void grub_without_arguments(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(UPDATE);
        _cleanup_boot_work_ BootWork work = {};
        StrList none = {};

        assert_int_equal(boot_arguments_work(t.root, &grub, &none, &work), 0);
        assert_int_equal(work.n_files, 1);
        assert_string_equal(work.files[0].text, "");
        assert_int_equal(work.n_commands, 1);
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

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(grub_arguments),
                cmocka_unit_test(grub_without_arguments),
                cmocka_unit_test(grub_refuses_what_it_would_expand),
                cmocka_unit_test(not_ours),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
