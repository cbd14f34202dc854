// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/journal.h"

#include "fake-kernel.h"
#include "journal/record.h"
#include "unit.h"

static int setup(void **state)
{
        *state = fake_kernel_new();
        return 0;
}

static int teardown(void **state)
{
        fake_kernel_free(*state);
        return 0;
}

static void broken_journals(void **state)
{
        static const struct {
                const char *text;
                int r;
                unsigned line;
        } cases[] = {
                { "",                                                 0,        0 },
                { "gpuhost jou",                                      0,        0 },
                { "gpuhost journal 1\nrun \"/bin/tr",                 0,        0 },
                { "gpuhost journal 1\nrun \"/bin/true\"\nnonsense\n", 0,        0 },
                { "gpuhost journal 1\nnonsense\nrun \"/bin/true\"\n", -EBADMSG, 2 },
                { "gpuhost journal 2\n",                              -EBADMSG, 1 },
        };
        FakeKernel *k = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_journal_ Journal j = {};
                unsigned line = 0;

                fake_put(k, JOURNAL_FILE, cases[i].text);
                assert_int_equal(journal_open(k->root, &j, &line), cases[i].r);
                assert_int_equal(line, cases[i].line);
        }
}

/* A line is appended behind what makes sense, whatever a crash left there. */
static void torn_line_is_overwritten(void **state)
{
        FakeKernel *k = *state;
        _cleanup_journal_ Journal j = {}, again = {};
        _cleanup_free_ char *text = NULL;
        unsigned line = 0;

        fake_put(k, JOURNAL_FILE, "gpuhost journal 1\nrun \"/bin/true\"\nfile \"a\" - - \"06");
        assert_int_equal(journal_open(k->root, &j, &line), 0);
        assert_int_equal(j.n_files, 0);
        assert_int_equal(journal_note_undone(&j, "x"), 0);
        assert_int_equal(journal_open(k->root, &again, &line), 0);
        assert_true(journal_has_pending(&again));
        text = fake_text(k, JOURNAL_FILE);
        assert_string_equal(text, "gpuhost journal 1\nrun \"/bin/true\"\nundone \"x\"\n");
}

static void records_survive(void **state)
{
        static const char odd[] = "a \"b\" \\ c\n\td\x01\xc3\xa9";
        const char *fields[] = { "path", NULL, odd, "0644", "" };
        _cleanup_str_buf_ StrBuf line = {};
        _cleanup_record_ Record record = {};

        record_format(RECORD_FILE, fields, 5, &line);
        assert_string_equal(str_buf_get(&line), "file \"path\" - \"a \\\"b\\\" \\\\ c\\n\\x09d\\x01"
                                                "\\xc3\\xa9\" \"0644\" \"\"\n");
        line.data[line.len - 1] = '\0';
        assert_int_equal(record_parse(line.data, &record), 0);
        assert_int_equal(record.n, 5);
        for (size_t i = 0; i < 5; i++)
                assert_true(streq_ptr(record.fields[i], fields[i]));
        for (size_t n = 1; n < line.len - 1; n++) {
                _cleanup_free_ char *part = strndup(line.data, n);
                _cleanup_record_ Record none = {};

                assert_int_equal(record_parse(part, &none), -EBADMSG);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(broken_journals),
                TEST(torn_line_is_overwritten),
                cmocka_unit_test(records_survive),
        };

        return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
