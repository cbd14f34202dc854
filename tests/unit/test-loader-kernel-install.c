// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/boot.h"
#include "host.h"
#include "util/atomic.h"

#define TOOL    "f usr/bin/kernel-install 0755 \"\"\n"
#define KERNEL  "f boot/initrd.img-6.1 0644 \"\"\nf boot/vmlinuz-6.1 0644 \"\"\n"
#define CMDLINE "etc/kernel/cmdline"

static Kernel kernels[] = { { .version = (char *)"6.1" }, { .version = (char *)"6.0" } };
static char *running[] = { (char *)"initrd=\\x\\initrd", (char *)"root=UUID=1", (char *)"single",
                           (char *)"x=a b" };
static const Machine machine = {
        .boot_loader.kind = BOOT_LOADER_SYSTEMD_BOOT,
        .kernels = kernels,
        .n_kernels = 2,
        .arguments = { .items = running, .n = ARRAY_SIZE(running) },
};

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

/* The file, and whether kernels are added, when there are to be these words (NULL: no trace of us). */
static void expect(Root *root, const char *words, const char *line, size_t commands)
{
        _cleanup_boot_work_ BootWork work = {}, again = {};
        _cleanup_str_list_ StrList list = {};
        _cleanup_free_ char *text = NULL, *copy = words ? strdup(words) : NULL;
        char *rest = copy, *word;
        int r;

        while ((word = strsep(&rest, " ")))
                if (*word)
                        assert_int_equal(str_list_add(&list, word), 0);
        assert_int_equal(boot_arguments_work(root, &machine, words ? &list : NULL, &work), 0);
        assert_int_equal(work.n_commands, commands);
        perform(root, &work);
        r = root_read_file(root, CMDLINE, 4096, &text, NULL);
        assert_true(line ? r == 0 && streq(text, line) : r == -ENOENT);
        assert_int_equal(boot_arguments_work(root, &machine, words ? &list : NULL, &again), 0);
        assert_int_equal(again.n_files + again.n_commands, 0);
}

static void made_of_what_runs(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(KERNEL TOOL);

        expect(t.root, "", NULL, 0);
        expect(t.root, "a=1", "root=UUID=1 x=\"a b\" a=1\n", 1);
        expect(t.root, "a=2 b", "root=UUID=1 x=\"a b\" a=2 b\n", 1);
        expect(t.root, NULL, NULL, 1);
        assert_false(root_exists(t.root, "var/lib/gpuhost/kernel-arguments"));
        assert_false(root_exists(t.root, "var/lib/gpuhost/made-kernel-cmdline"));
}

/* Where it would ask the running kernel, it is not to hear of what is ours: not even when the file that
 * was made has gone again, and while that kernel runs. */
static void the_kernel_is_not_asked(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(KERNEL TOOL);

        for (int i = 0; i < 3; i++) {
                _cleanup_boot_work_ BootWork work = {};
                StrList one = {};

                assert_int_equal(str_list_add(&one, i == 0 ? "a=1" : "a=2"), 0);
                assert_int_equal(boot_arguments_work(t.root, &machine, i < 2 ? &one : NULL, &work),
                                 0);
                str_list_done(&one);
                assert_int_equal(work.n_commands, 1);
                assert_int_equal(work.commands[0].argv.n, 7);
                assert_non_null(strstr(work.commands[0].argv.items[0], "/gpuhost-cmdline"));
                assert_string_equal(work.commands[0].argv.items[1], "root=UUID=1 x=\"a b\"");
                assert_string_equal(work.commands[0].argv.items[2], "/usr/bin/kernel-install");
                perform(t.root, &work);
        }
}

static void made_of_what_the_vendor_says(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text(KERNEL TOOL "f usr/lib/kernel/cmdline 0644 \"root=/dev/vda\\n\"\n");

        expect(t.root, "a=1", "root=/dev/vda a=1\n", 1);
}

/* Theirs is theirs, and stays when we go. */
static void shared_with_people(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                KERNEL
                "f etc/kernel/cmdline 0644 \"root=/dev/vda intel_iommu=on quiet\\n\"\n" TOOL);

        expect(t.root, "intel_iommu=on a=1", "root=/dev/vda intel_iommu=on quiet a=1\n", 1);
        assert_int_equal(root_write_atomic(t.root, CMDLINE, "root=/dev/vdb a=1 debug\n", 24, 0644),
                         0);
        expect(t.root, "a=2", "root=/dev/vdb debug a=2\n", 1);
        expect(t.root, NULL, "root=/dev/vdb debug\n", 1);
}

static void pages_come_in_pairs(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                KERNEL "f etc/kernel/cmdline 0644 \"hugepagesz=1G hugepages=1\\n\"\n" TOOL);

        expect(t.root, "hugepagesz=1G hugepages=0:4",
               "hugepagesz=1G hugepages=1 hugepagesz=1G hugepages=0:4\n", 1);
        expect(t.root, NULL, "hugepagesz=1G hugepages=1\n", 1);
}

static void each_kernel_that_is_there(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text(KERNEL "f etc/kernel/cmdline 0644 \"quiet\\n\"\n" TOOL
                                      "f usr/lib/modules/6.0/vmlinuz 0644 \"\"\n");
        _cleanup_boot_work_ BootWork work = {};
        StrList one = {};

        assert_int_equal(str_list_add(&one, "a=1"), 0);
        assert_int_equal(boot_arguments_work(t.root, &machine, &one, &work), 0);
        str_list_done(&one);
        assert_int_equal(work.n_commands, 2);
        assert_int_equal(work.commands[0].argv.n, 5);
        assert_string_equal(work.commands[0].argv.items[3], "/boot/vmlinuz-6.1");
        assert_string_equal(work.commands[0].argv.items[4], "/boot/initrd.img-6.1");
        assert_int_equal(work.commands[1].argv.n, 4);
        assert_string_equal(work.commands[1].argv.items[3], "/usr/lib/modules/6.0/vmlinuz");
}

/* What is ours is found again as the words that they were. */
static void a_word_with_a_space(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text(KERNEL "f etc/kernel/cmdline 0644 \"root=/dev/vda\\n\"\n" TOOL);
        char *words[] = { (char *)"dyndbg=file a.c +p" };
        StrList list = { .items = words, .n = ARRAY_SIZE(words) };
        _cleanup_boot_work_ BootWork work = {};

        assert_int_equal(boot_arguments_work(t.root, &machine, &list, &work), 0);
        perform(t.root, &work);
        expect(t.root, "b", "root=/dev/vda b\n", 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(made_of_what_runs),
                cmocka_unit_test(the_kernel_is_not_asked),
                cmocka_unit_test(made_of_what_the_vendor_says),
                cmocka_unit_test(shared_with_people),
                cmocka_unit_test(pages_come_in_pairs),
                cmocka_unit_test(each_kernel_that_is_there),
                cmocka_unit_test(a_word_with_a_space),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
