// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/initramfs.h"

#include "unit.h"
#include "util/buf.h"

/* Three kernels; the images of the first and the last carry gpuhost-bind. */
static Kernel kernels[] = {
        { .version = (char *)"6.1.0-31", .image = { .has_binder = true } },
        { .version = (char *)"6.1.0-32" },
        { .version = (char *)"6.12.41", .image = { .has_binder = true } },
};

static const Machine *machine_with(InitramfsTool tool)
{
        static Machine m;

        m = (Machine){ .kernels = kernels,
                       .n_kernels = ARRAY_SIZE(kernels),
                       .initramfs_tool = tool };
        return &m;
}

/* A word each, a command a line. */
static void assert_work(const Machine *m, const StrList *versions, const char *expected)
{
        _cleanup_boot_work_ BootWork work = {};
        _cleanup_str_buf_ StrBuf text = {};

        assert_int_equal(boot_initramfs_work(NULL, m, versions, &work), 0);
        assert_int_equal(work.n_files, 0);
        for (size_t i = 0; i < work.n_commands; i++) {
                for (size_t k = 0; k < work.commands[i].argv.n; k++)
                        str_buf_printf(&text, "%s%s", k ? " " : "", work.commands[i].argv.items[k]);
                str_buf_add_char(&text, '\n');
        }
        assert_string_equal(str_buf_get(&text), expected);
}

static void what_the_plan_names(void **state)
{
        char *words[] = { (char *)"6.1.0-32", (char *)"5.10.0-gone" };
        const StrList versions = { words, ARRAY_SIZE(words) }, none = {};

        assert_work(machine_with(INITRAMFS_TOOLS), &versions,
                    "/usr/sbin/update-initramfs -u -k 6.1.0-32\n");
        assert_work(machine_with(INITRAMFS_DRACUT), &versions,
                    "/usr/bin/dracut --force --kver 6.1.0-32\n");
        assert_work(machine_with(INITRAMFS_TOOLS), &none, "");
        assert_work(machine_with(INITRAMFS_UNKNOWN), &none, "");
}

static void what_carries_the_binder(void **state)
{
        assert_work(machine_with(INITRAMFS_TOOLS), NULL,
                    "/usr/sbin/update-initramfs -u -k 6.1.0-31\n"
                    "/usr/sbin/update-initramfs -u -k 6.12.41\n");
}

static void what_others_build(void **state)
{
        static const InitramfsTool tools[] = { INITRAMFS_MKINITCPIO, INITRAMFS_UNKNOWN };

        for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
                BootWork work = {};

                assert_int_equal(boot_initramfs_work(NULL, machine_with(tools[i]), NULL, &work),
                                 -EOPNOTSUPP);
                assert_int_equal(work.n_commands, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_the_plan_names),
                cmocka_unit_test(what_carries_the_binder),
                cmocka_unit_test(what_others_build),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
