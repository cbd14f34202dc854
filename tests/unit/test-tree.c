// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/tree.h"

#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"
#include "util/fd.h"
#include "util/root.h"

static const char good[] = "d a/empty\n"
                           "b a/binary 0644 00ff10\n"
                           "f a/text 0444 \"one\\ttwo\\n\\\\ \\\"quoted\\\" \\x1b \\xff\"\n"
                           "f b-file 0400 \"\"\n"
                           "l b/link -> ../a/text with space\n"
                           "f c\\x20d\\\\e 0644 \"x\"\n";

static void written_as_it_was_read(void **state)
{
        static const char sorted[] =
                "b a/binary 0644 00ff10\n"
                "d a/empty\n"
                "f a/text 0444 \"one\\ttwo\\n\\\\ \\\"quoted\\\" \\x1b \\xff\"\n"
                "f b-file 0400 \"\"\n"
                "l b/link -> ../a/text with space\n"
                "f c\\x20d\\\\e 0644 \"x\"\n";
        _cleanup_str_buf_ StrBuf out = {};
        _cleanup_diag_ Diag diag = {};
        _cleanup_tree_ Tree tree = {};
        const TreeEntry *e;

        assert_int_equal(tree_parse("x", good, sizeof(good) - 1, &diag, &tree), -EINVAL);
        assert_int_equal(diag.n, 1); /* not sorted */
        diag_done(&diag);
        assert_int_equal(tree_parse("x", sorted, sizeof(sorted) - 1, &diag, &tree), 0);
        assert_int_equal(tree.n, 6);
        e = tree_find(&tree, "a/text");
        assert_non_null(e);
        assert_string_equal(e->data, "one\ttwo\n\\ \"quoted\" \x1b \xff");
        assert_int_equal(e->mode, 0444);
        assert_non_null(tree_find(&tree, "c d\\e"));
        tree_format(&tree, &out);
        assert_string_equal(str_buf_get(&out), sorted);
}

static void every_error_has_its_place(void **state)
{
        static const struct {
                const char *text;
                unsigned line, column;
                const char *message;
        } rows[] = {
                { "x a\n",                      1, 1,  "not an entry"            },
                { "\n",                         1, 1,  "not an entry"            },
                { "d",                          1, 2,  "no space"                },
                { "d a b\n",                    1, 4,  "more than an entry"      },
                { "d /etc\n",                   1, 3,  "an absolute path"        },
                { "d a/../b\n",                 1, 3,  "'..'"                    },
                { "d ./a\n",                    1, 3,  "'.'"                     },
                { "d a//b\n",                   1, 3,  "an empty part"           },
                { "d a/\n",                     1, 3,  "an empty part"           },
                { "d \n",                       1, 3,  "an empty part"           },
                { "d a\\x00b\n",                1, 3,  "NUL"                     },
                { "d a\\x2f..\n",               1, 3,  "'..'"                    },
                { "d a\tb\n",                   1, 4,  "control"                 },
                { "d a\r\n",                    1, 4,  "control"                 },
                { "d b\nd a\n",                 2, 3,  "sorts before"            },
                { "d a\nd a\n",                 2, 3,  "stands above"            },
                { "f a 0444 \"\"\nd a/b\n",     2, 3,  "below a file"            },
                { "l a -> b\nd a-c\nd a/b/c\n", 3, 3,  "below a file or a link"  },
                { "l a b\n",                    1, 5,  "->"                      },
                { "l a -> \n",                  1, 8,  "nowhere"                 },
                { "l a -> b\\x00\n",            1, 13, "NUL"                     },
                { "f a\n",                      1, 4,  "nothing follows"         },
                { "f a 444 \"\"\n",             1, 8,  "octal"                   },
                { "f a 04440 \"\"\n",           1, 9,  "no space after the mode" },
                { "f a 0888 \"\"\n",            1, 6,  "octal"                   },
                { "f a 4755 \"\"\n",            1, 9,  "above 0777"              },
                { "f a 0444 x\n",               1, 10, "no quote before"         },
                { "f a 0444 \"x\n",             1, 12, "no quote after"          },
                { "f a 0444 \"x\"y\n",          1, 13, "more than an entry"      },
                { "f a 0444 \"\\q\"\n",         1, 11, "unknown escape"          },
                { "f a 0444 \"\\",              1, 11, "unknown escape"          },
                { "f a 0444 \"\\x1\"\n",        1, 13, "hexadecimal"             },
                { "f a 0444 \"\\x",             1, 13, "hexadecimal"             },
                { "b a 0444 0\n",               1, 10, "hexadecimal"             },
                { "b a 0444 zz\n",              1, 10, "hexadecimal"             },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_diag_ Diag diag = {};
                _cleanup_tree_ Tree tree = {};

                print_message("# row %zu\n", i);
                assert_int_equal(
                        tree_parse("x.tree", rows[i].text, strlen(rows[i].text), &diag, &tree),
                        -EINVAL);
                assert_int_equal(diag.n, 1);
                assert_int_equal(diag.items[0].line, rows[i].line);
                assert_int_equal(diag.items[0].column, rows[i].column);
                assert_non_null(strstr(diag.items[0].message, rows[i].message));
                assert_int_equal(tree.n, 0);
        }
}

static void another_kind_of_file_is_soon_given_up(void **state)
{
        _cleanup_str_buf_ StrBuf text = {};
        _cleanup_diag_ Diag diag = {};
        _cleanup_tree_ Tree tree = {};

        for (unsigned i = 0; i < 10000; i++)
                str_buf_add(&text, "key: value\n");
        assert_int_equal(tree_parse("x", text.data, text.len, &diag, &tree), -EINVAL);
        assert_in_range(diag.n, 2, 50);
}

static void limits(void **state)
{
        static const struct {
                const char *before, *after;
                size_t n;
        } rows[] = {
                { "d ",          "\n",   256                 }, /* NAME_MAX */
                { "l a -> ",     "\n",   4096                }, /* PATH_MAX */
                { "f a 0444 \"", "\"\n", 4 * 1024 * 1024 + 1 },
                { "b a 0444 ",   "\n",   8 * 1024 * 1024 + 2 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_str_buf_ StrBuf text = {};
                _cleanup_diag_ Diag diag = {};
                _cleanup_tree_ Tree tree = {};

                str_buf_add(&text, rows[i].before);
                str_buf_fill(&text, 'a', rows[i].n);
                str_buf_add(&text, rows[i].after);
                assert_false(text.failed);
                assert_int_equal(tree_parse("x", text.data, text.len, &diag, &tree), -EINVAL);
                assert_non_null(strstr(diag.items[0].message, "too long"));
        }
}

static char *write_file(const char *text)
{
        char *path = strdup("/tmp/gpuhost-test-XXXXXX");
        _cleanup_close_ int fd = -EBADF;

        assert_non_null(path);
        fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, text, strlen(text)), 0);
        return path;
}

static void unpacked_and_removed(void **state)
{
        _cleanup_free_ char *file = write_file("d a/b/c\n"
                                               "f a/b/f 0400 \"text\"\n"
                                               "l a/b/g -> f\n"
                                               "l a/b/h -> /etc\n"
                                               "f a/e 0000 \"\"\n"
                                               "f top 0644 \"x\"\n");
        _cleanup_(tree_removep) char *dir = NULL;
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_free_ char *text = NULL, *gone = NULL;
        _cleanup_diag_ Diag diag = {};
        struct stat st;

        assert_int_equal(tree_unpack(file, "/tmp", &diag, &dir), 0);
        assert_int_equal(stat(dir, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
        assert_int_equal(root_open(dir, &root), 0);
        assert_int_equal(root_read_file(root, "a/b/g", 100, &text, NULL), 0);
        assert_string_equal(text, "text");
        assert_true(root_exists(root, "a/b/c"));
        assert_false(root_exists(root, "a/b/h")); /* the machine's own /etc stays out of sight */
        assert_true(root_exists(root, "top"));
        gone = strdup(dir);
        assert_null(tree_remove(TAKE_PTR(dir)));
        assert_int_equal(access(gone, F_OK), -1);
        assert_int_equal(unlink(file), 0);
}

static void nothing_is_left_of_a_wrong_file(void **state)
{
        _cleanup_free_ char *file = write_file("d /etc\n");
        _cleanup_diag_ Diag diag = {};
        char *dir = NULL;

        assert_int_equal(tree_unpack(file, "/tmp", &diag, &dir), -EINVAL);
        assert_null(dir);
        assert_string_equal(diag.items[0].file, file);
        assert_string_equal(diag.items[0].source, "d /etc");
        assert_int_equal(unlink(file), 0);
        assert_int_equal(tree_unpack(file, "/tmp", &diag, &dir), -ENOENT);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(written_as_it_was_read),
                cmocka_unit_test(every_error_has_its_place),
                cmocka_unit_test(another_kind_of_file_is_soon_given_up),
                cmocka_unit_test(limits),
                cmocka_unit_test(unpacked_and_removed),
                cmocka_unit_test(nothing_is_left_of_a_wrong_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
