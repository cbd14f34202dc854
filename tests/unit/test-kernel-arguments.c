// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/kernel-arguments.h"

#include "unit.h"

/* What next_arg() of the kernel's lib/cmdline.c makes of each. */
static void splits_as_the_kernel_does(void **state)
{
        static const struct {
                const char *line;
                const char *words[6];
        } rows[] = {
                { "",                                 {}                                     },
                { " \n",                              {}                                     },
                { "ro quiet\n",                       { "ro", "quiet" }                      },
                { "  a\t b=c  ",                      { "a", "b=c" }                         },
                { "dyndbg=\"file a.c +p\" x",         { "dyndbg=file a.c +p", "x" }          },
                { "\"dyndbg=file a.c +p\" x",         { "dyndbg=file a.c +p", "x" }          },
                { "a=\"b",                            { "a=b" }                              },
                { "a=\"b c",                          { "a=b c" }                            },
                { "a=\"",                             { "a=" }                               },
                { "a=\"\" b",                         { "a=", "b" }                          },
                { "a=b\"c d\"e f",                    { "a=b\"c d\"e", "f" }                 },
                { "a=b\"c d\"",                       { "a=b\"c d\"" }                       },
                { "\"a b",                            { "a b" }                              },
                { "\"a b\"c d",                       { "a b\"c", "d" }                      },
                { "\"a=\"b\" c\"",                    { "a=b\" c" }                          },
                { "\"\" a",                           { "a" }                                },
                { "\"",                               {}                                     },
                { "=a=b",                             { "=a=b" }                             },
                { "=\"a b\"",                         { "=\"a b\"" }                         },
                { "a= b",                             { "a=", "b" }                          },
                { "a\xa0"
                  "b",               { "a", "b" }                           },
                { "a -- b",                           { "a" }                                },
                { "a --b --",                         { "a", "--b" }                         },
                { "a=-- b",                           { "a=--", "b" }                        },
                { "vfio-pci.ids=10de:2204,10de:1aef", { "vfio-pci.ids=10de:2204,10de:1aef" } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_str_list_ StrList words = {};
                size_t n = 0;

                print_message("# row %zu\n", i);
                assert_int_equal(kernel_arguments_split(rows[i].line, &words), 0);
                while (rows[i].words[n])
                        n++;
                assert_int_equal(words.n, n);
                for (size_t k = 0; k < n; k++)
                        assert_string_equal(words.items[k], rows[i].words[k]);
        }
}

static void appends(void **state)
{
        _cleanup_str_list_ StrList words = {};

        assert_int_equal(kernel_arguments_split("a", &words), 0);
        assert_int_equal(kernel_arguments_split("b c", &words), 0);
        assert_int_equal(words.n, 3);
        assert_string_equal(words.items[0], "a");
        assert_string_equal(words.items[2], "c");
}

/* What is written is read back, word for word. */
static void writes_what_it_reads(void **state)
{
        static const char *const words[] = { "a",      "b=1",   "x=a b", "a b", "y=a\tb=c",
                                             "z=\xa0", "$x'*;", "-",     "=",   "e=" };
        _cleanup_str_list_ StrList list = {}, again = {}, by_line = {};
        _cleanup_str_buf_ StrBuf line = {};
        _cleanup_free_ char *text = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                assert_int_equal(str_list_add(&list, words[i]), 0);
                assert_int_equal(kernel_arguments_add(&line, words[i]), 0);
        }
        assert_int_equal(kernel_arguments_render(&list, &text), 0);
        assert_int_equal(kernel_arguments_split(str_buf_get(&line), &again), 0);
        assert_int_equal(kernel_arguments_split(text, &by_line), 0);
        assert_int_equal(again.n, ARRAY_SIZE(words));
        assert_int_equal(by_line.n, ARRAY_SIZE(words));
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                assert_string_equal(again.items[i], words[i]);
                assert_string_equal(by_line.items[i], words[i]);
        }
}

static void refuses_what_it_would_not_read(void **state)
{
        static const char *const words[] = { "", "a\"b", "a\nb", "a\r", "--" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                _cleanup_str_buf_ StrBuf line = {};

                assert_int_equal(kernel_arguments_add(&line, words[i]), -EINVAL);
                assert_int_equal(line.len, 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(splits_as_the_kernel_does),
                cmocka_unit_test(appends),
                cmocka_unit_test(writes_what_it_reads),
                cmocka_unit_test(refuses_what_it_would_not_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
