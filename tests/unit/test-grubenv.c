// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/grubenv.h"

#include <sys/stat.h>

#include "host.h"

#define HEAD "# GRUB Environment Block\n"

enum { SIZE = 1024 };

static void fill(char block[static SIZE], const char *text)
{
        size_t i = 0;

        for (; text[i]; i++)
                block[i] = text[i];
        memset(block + i, '#', SIZE - i);
}

static void lines_come_change_and_go(void **state)
{
        static const struct {
                const char *before, *value, *after;
                int r;
        } rows[] = {
                { HEAD,                        "3",  HEAD "t=3\n",                    1 },
                { HEAD "a=b\n",                "3",  HEAD "a=b\nt=3\n",               1 },
                { HEAD "t=2\nsaved_entry=x\n", "3",  HEAD "t=3\nsaved_entry=x\n",     1 },
                { HEAD "t=2\na=b\n",           NULL, HEAD "a=b\n",                    1 },
                { HEAD "t=long\na=b\n",        "3",  HEAD "t=3\na=b\n",               1 },
                { HEAD "t=3\n",                "3",  HEAD "t=3\n",                    0 },
                { HEAD "a=b\n",                NULL, HEAD "a=b\n",                    0 },
                { HEAD "tt=1\n",               "3",  HEAD "tt=1\nt=3\n",              1 },
                { HEAD "a=\\\nt=1\n",          "3",  HEAD "a=\\\nt=1\nt=3\n",         1 }, /* of one value */
                { HEAD "# WARNING: do not\n",  "3",  HEAD "# WARNING: do not\nt=3\n", 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char block[SIZE], expected[SIZE];

                print_message("# row %zu\n", i);
                fill(block, rows[i].before);
                fill(expected, rows[i].after);
                assert_int_equal(grubenv_set(block, SIZE, "t", rows[i].value), rows[i].r);
                assert_memory_equal(block, expected, SIZE);
        }
}

static void what_is_no_block_stays(void **state)
{
        static const char *const texts[] = { "", "# GRUB\n", "t=3\n", HEAD "t=3" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                char block[SIZE], before[SIZE];

                fill(block, texts[i]);
                memcpy(before, block, SIZE);
                assert_int_equal(grubenv_set(block, SIZE, "t", "2"), -EBADMSG);
                assert_memory_equal(block, before, SIZE);
        }
}

static void a_full_block_stays(void **state)
{
        char block[sizeof(HEAD "a=1\n##") - 1], before[sizeof(block)];

        memcpy(block, HEAD "a=1\n##", sizeof(block));
        memcpy(before, block, sizeof(block));
        assert_int_equal(grubenv_set(block, sizeof(block), "t", "2"), -ENOSPC);
        assert_memory_equal(block, before, sizeof(block));
}

/* In place: the file is the one that it was, so that GRUB finds it where it has been. */
static void written_in_place(void **state)
{
        _cleanup_test_root_ TestRoot t =
                test_root_text("f boot/grub/grubenv 0644 \"# GRUB Environment Block\\n#######\"\n");
        _cleanup_free_ char *path = format_string("%s/boot/grub/grubenv", t.dir), *text = NULL;
        struct stat before, after;

        assert_int_equal(stat(path, &before), 0);
        assert_int_equal(grubenv_write(t.root, "t", "3"), 0);
        assert_int_equal(stat(path, &after), 0);
        assert_int_equal(before.st_ino, after.st_ino);
        assert_int_equal(before.st_size, after.st_size);
        assert_int_equal(root_read_file(t.root, GRUBENV_FILE, SIZE, &text, NULL), 0);
        assert_string_equal(text, HEAD "t=3\n###");
}

static void no_file(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d boot/grub\n");

        assert_int_equal(grubenv_write(t.root, "t", "3"), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines_come_change_and_go),
                cmocka_unit_test(what_is_no_block_stays),
                cmocka_unit_test(a_full_block_stays),
                cmocka_unit_test(written_in_place),
                cmocka_unit_test(no_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
