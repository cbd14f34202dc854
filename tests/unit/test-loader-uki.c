// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/boot.h"
#include "host.h"
#include "util/atomic.h"
#include "util/kernel-arguments.h"

#define STATE "var/lib/gpuhost/kernel-arguments"

/* `arguments`: NULL, or words; `work`: the files and commands that it takes, or a negative errno. */
typedef struct Row {
        const char *addon; /* what it says; NULL: there is none */
        const char *esp, *written;
        AddonLack lack;
        const char *arguments;
        int files, commands;
} Row;

static const Row rows[] = {
        { NULL,  "efi", "",    ADDON_LACKS_NOTHING,   "a=1 b",     1,           1 },
        { "a=1", "efi", "a=1", ADDON_LACKS_NOTHING,   "a=1",       0,           0 },
        { "a=1", "efi", "a=1", ADDON_LACKS_NOTHING,   "a=1 b",     1,           1 },
        { "a=1", "efi", "a=1", ADDON_LACKS_NOTHING,   "",          1,           1 },
        { "a=1", "efi", "a=1", ADDON_LACKS_NOTHING,   NULL,        1,           1 },
        { "",    "efi", "",    ADDON_LACKS_NOTHING,   NULL,        0,           1 }, /* cut short */
        { "b",   "efi", "a=1", ADDON_LACKS_NOTHING,   "a=1",       0,           1 }, /* likewise */
        { NULL,  "efi", "",    ADDON_LACKS_NOTHING,   NULL,        0,           0 },
        { NULL,  "efi", "",    ADDON_LACKS_NOTHING,   "x=\"a b\"", 1,           1 },

        /* What cannot be made can be kept, and be removed. */
        { NULL,  "efi", "",    ADDON_LACKS_TOOL,      "a=1",       -EOPNOTSUPP, 0 },
        { "a=1", "efi", "a=1", ADDON_LACKS_KEY,       "a=1",       0,           0 },
        { "a=1", "efi", "a=1", ADDON_LACKS_KEY,       "a=1 b",     -EOPNOTSUPP, 0 },
        { "a=1", "efi", "a=1", ADDON_LACKS_STUB,      NULL,        1,           1 },
        { NULL,  "efi", "",    ADDON_LACKS_READER,    NULL,        0,           0 },

        /* Nobody knows what is on a partition that is not mounted. */
        { NULL,  NULL,  "",    ADDON_LACKS_PARTITION, NULL,        0,           0 },
        { NULL,  NULL,  "a=1", ADDON_LACKS_PARTITION, NULL,        1,           1 },
        { NULL,  NULL,  "",    ADDON_LACKS_PARTITION, "a=1",       -EOPNOTSUPP, 0 },
};

static void split(const char *words, StrList *ret)
{
        assert_int_equal(kernel_arguments_split(words, ret), 0);
}

static void machine_of(const Row *row, Machine *m)
{
        BootLoader *b = &m->boot_loader;

        *b = (BootLoader){ .kind = BOOT_LOADER_UKI, .addon = row->addon, .addon_lack = row->lack };
        if (row->esp)
                assert_int_equal(free_and_strdup(&b->esp, row->esp), 0);
        split(row->addon ? row->addon : "", &b->configured);
        split(row->written, &b->written);
}

static TestRoot root_of(const Row *row)
{
        TestRoot t = test_root_text("d efi\n");
        _cleanup_free_ char *text = format_string("%s\n", row->written);

        assert_non_null(text);
        if (*row->written)
                assert_int_equal(root_write_atomic(t.root, STATE, text, strlen(text), 0644), 0);
        return t;
}

static void work(void **state)
{
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                const Row *row = rows + i;
                _cleanup_test_root_ TestRoot t = root_of(row);
                _cleanup_boot_work_ BootWork done = {};
                _cleanup_str_list_ StrList words = {};
                _cleanup_machine_ Machine m = {};
                int r;

                print_message("# row %zu\n", i);
                machine_of(row, &m);
                split(row->arguments ? row->arguments : "", &words);
                r = boot_arguments_work(t.root, &m, row->arguments ? &words : NULL, &done);
                assert_int_equal(r, row->files < 0 ? row->files : 0);
                if (r < 0)
                        continue;
                assert_int_equal(done.n_files, row->files);
                assert_int_equal(done.n_commands, row->commands);
                if (row->commands > 0)
                        assert_non_null(strstr(done.commands[0].argv.items[0], "/gpuhost-addon"));
        }
}

static void the_file_it_is_made_of(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d efi\n");
        _cleanup_boot_work_ BootWork done = {};
        _cleanup_str_list_ StrList words = {};
        _cleanup_machine_ Machine m = {};

        machine_of(rows, &m);
        split("hugepagesz=1G x=\"a b\"", &words);
        assert_int_equal(boot_arguments_work(t.root, &m, &words, &done), 0);
        assert_string_equal(done.files[0].path, STATE);
        assert_string_equal(done.files[0].text, "hugepagesz=1G\nx=\"a b\"\n");
}

static void refuses_what_would_not_be_read(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d efi\n");
        _cleanup_boot_work_ BootWork done = {};
        _cleanup_str_list_ StrList words = {};
        _cleanup_machine_ Machine m = {};

        machine_of(rows, &m);
        assert_int_equal(str_list_add(&words, "a\nb"), 0);
        assert_int_equal(boot_arguments_work(t.root, &m, &words, &done), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(work),
                cmocka_unit_test(the_file_it_is_made_of),
                cmocka_unit_test(refuses_what_would_not_be_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
