// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/attributes.h"

#include "host.h"

static void plain_text(void **state)
{
        assert_true(text_is_plain("", ""));
        assert_true(text_is_plain("GRID T4-1Q \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", ""));
        assert_true(text_is_plain("a\nb", "\n"));
        assert_false(text_is_plain("a\nb", ""));
        assert_false(text_is_plain("\x1b[2J", "\n"));
        assert_false(text_is_plain("a\x7f", ""));
        assert_false(text_is_plain("\xc2\x9b"
                                   "2J",
                                   "")); /* CSI in eight bits */
        assert_false(text_is_plain("\xff", ""));
        assert_false(text_is_plain("\xc3", ""));
        assert_false(text_is_plain("\xe2\x82", ""));
        assert_false(text_is_plain("\xc0\xaf", ""));
}

/* Each attribute of the tree below is wrong in its own way, and said so in its own words. */
static void trouble_in_words(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("f d/empty 0444 \"\"\n"
                                                        "f d/escape 0444 \"\\x1b[2J\\n\"\n"
                                                        "f d/five 0444 \"0x12345\\n\"\n"
                                                        "f d/hex 0444 \"0x10DE\\n\"\n"
                                                        "l d/link -> ../a/b\n"
                                                        "l d/link-away -> ../a/\n"
                                                        "f d/minus 0444 \"-1\\n\"\n"
                                                        "f d/nul 0444 \"a\\x00b\"\n"
                                                        "f d/two 0444 \"2\\n\"\n"
                                                        "f d/word 0444 \" flr bus \\n\"\n");
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_buf_ StrBuf trouble = {};
        Attributes a = { &dir, &trouble };
        _cleanup_free_ char *word = NULL;
        uint64_t n = 7;
        char buf[8];
        bool flag = false;

        assert_int_equal(root_dir_open(t.root, "d", &dir), 0);
        assert_true(attributes_hex(&a, "hex", 4, &n));
        assert_int_equal(n, 0x10de);
        assert_int_equal(attributes_word(&a, "word", &word), 0);
        assert_string_equal(word, "flr bus");
        assert_true(attributes_link(&a, "link", buf, sizeof(buf)));
        assert_string_equal(buf, "b");
        assert_false(attributes_number(&a, "absent", 9, &n)); /* may be absent */
        assert_int_equal(attributes_word(&a, "absent", &word), 0);
        assert_false(attributes_link(&a, "absent", buf, sizeof(buf)));
        assert_string_equal(str_buf_get(&trouble), "");

        assert_false(attributes_hex(&a, "five", 4, &n));
        assert_false(attributes_hex(&a, "two", 4, &n));
        assert_false(attributes_hex(&a, "absent", 4, &n));
        assert_false(attributes_number(&a, "empty", 9, &n));
        assert_false(attributes_number(&a, "minus", 9, &n));
        assert_false(attributes_flag(&a, "two", &flag));
        assert_int_equal(attributes_word(&a, "escape", &word), 0);
        assert_int_equal(attributes_word(&a, "nul", &word), 0);
        assert_false(attributes_link(&a, "hex", buf, sizeof(buf)));
        assert_false(attributes_link(&a, "link-away", buf, sizeof(buf)));
        assert_int_equal(n, 0x10de); /* nothing was written */
        assert_string_equal(word, "flr bus");
        assert_string_equal(str_buf_get(&trouble),
                            "five: number out of range, two: not a number, absent: missing, "
                            "empty: not a number, minus: not a number, two: number out of range, "
                            "escape: not text, nul: not text, hex: not text, "
                            "link-away: a link that makes no sense");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(plain_text),
                cmocka_unit_test(trouble_in_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
