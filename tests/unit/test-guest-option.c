// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/option.h"

#include "unit.h"

static void values_keep_their_commas(void **state)
{
        _cleanup_words_ Words words = {};
        Option option = option_begin(&words, "-device", "virtio-blk-pci");

        option_text(&option, "drive", "a,b,,c");
        option_number(&option, "bootindex", UINT64_MAX);
        option_switch(&option, "on", true);
        option_format(&option, "id", "disk%d,%s", 1, "x=y");
        option_text(&option, "romfile", "");
        option_end(&option);
        assert_int_equal(words.error, 0);
        assert_int_equal(words.list.n, 2);
        assert_string_equal(words.list.items[0], "-device");
        assert_string_equal(words.list.items[1],
                            "virtio-blk-pci,drive=a,,b,,,,c,bootindex=18446744073709551615,on=on,"
                            "id=disk1,,x=y,romfile=");
}

static void json_has_its_own_quoting(void **state)
{
        _cleanup_words_ Words words = {};
        Option option = option_begin_json(&words, "-blockdev");

        option_text(&option, "driver", "qcow2");
        option_switch(&option, "read-only", true);
        option_open(&option, "file");
        option_text(&option, "filename", "/a,\"b\\{");
        option_number(&option, "n", 7);
        option_open(&option, "deeper");
        option_close(&option);
        option_close(&option);
        option_null(&option, "backing");
        option_end(&option);
        assert_int_equal(words.error, 0);
        assert_string_equal(words.list.items[1],
                            "{\"driver\":\"qcow2\",\"read-only\":true,\"file\":{\"filename\":"
                            "\"/a,\\\"b\\\\{\",\"n\":7,\"deeper\":{}},\"backing\":null}");
}

static void a_map_is_a_prefix_elsewhere(void **state)
{
        _cleanup_words_ Words words = {}, wrong = {};
        Option option = option_begin(&words, "-blockdev", NULL);

        option_open(&option, "file");
        option_text(&option, "driver", "file");
        option_switch(&option, "locking", false);
        option_close(&option);
        option_text(&option, "driver", "raw");
        option_end(&option);
        assert_int_equal(words.error, 0);
        assert_string_equal(words.list.items[1], "file.driver=file,file.locking=off,driver=raw");
        option = option_begin(&wrong, "-blockdev", NULL);
        option_null(&option, "backing");
        option_end(&option);
        assert_int_equal(wrong.error, -EINVAL);
}

static void an_option_may_have_keys_alone(void **state)
{
        _cleanup_words_ Words words = {};
        Option option = option_begin(&words, "-name", NULL);

        option_text(&option, "guest", "vm");
        option_end(&option);
        assert_string_equal(words.list.items[1], "guest=vm");
}

static void the_part_without_a_key_has_no_comma(void **state)
{
        _cleanup_words_ Words words = {};
        Option option = option_begin(&words, "-cpu", "host,kvm=off");

        option_end(&option);
        assert_int_equal(words.error, -EINVAL);
}

static void what_no_line_shows_is_refused(void **state)
{
        static const char *const texts[] = { "a\nb", "\n", "a\r", "\x1b[2J", "a\tb", "a\x7f" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_words_ Words words = {}, first = {}, plain = {};
                Option option = option_begin(&words, "-name", NULL);

                option_text(&option, "guest", texts[i]);
                option_text(&option, "debug-threads", "on");
                option_end(&option);
                assert_int_equal(words.error, -EINVAL);
                option = option_begin(&first, "-cpu", texts[i]);
                option_end(&option);
                assert_int_equal(first.error, -EINVAL);
                words_add_text(&plain, "-append", texts[i]);
                assert_int_equal(plain.error, -EINVAL);
        }
}

static void letters_of_all_scripts_pass(void **state)
{
        _cleanup_words_ Words words = {};

        words_add_text(&words, "-kernel", "/srv/Grüße 世界");
        assert_int_equal(words.error, 0);
        assert_string_equal(words.list.items[1], "/srv/Grüße 世界");
}

/* Commas are nothing special in a word of its own, nor is a dash in front. */
static void a_text_is_one_word(void **state)
{
        _cleanup_words_ Words words = {};

        words_add_text(&words, "-append", "-x a,b 'c' $d");
        assert_int_equal(words.error, 0);
        assert_int_equal(words.list.n, 2);
        assert_string_equal(words.list.items[1], "-x a,b 'c' $d");
}

static void the_first_failure_counts(void **state)
{
        _cleanup_words_ Words words = {};

        words_add_word(&words, "-S");
        words_fail(&words, -E2BIG);
        words_fail(&words, -EINVAL);
        words_add_word(&words, "-S");
        assert_int_equal(words.error, -E2BIG);
        assert_int_equal(words.list.n, 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_keep_their_commas),
                cmocka_unit_test(json_has_its_own_quoting),
                cmocka_unit_test(a_map_is_a_prefix_elsewhere),
                cmocka_unit_test(an_option_may_have_keys_alone),
                cmocka_unit_test(the_part_without_a_key_has_no_comma),
                cmocka_unit_test(what_no_line_shows_is_refused),
                cmocka_unit_test(letters_of_all_scripts_pass),
                cmocka_unit_test(a_text_is_one_word),
                cmocka_unit_test(the_first_failure_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
