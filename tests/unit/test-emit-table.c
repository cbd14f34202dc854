// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/table.h"

#include "unit.h"

static const TableColumn columns[] = {
        { .title = "ADDRESS" },
        { .title = "NAME", .least = 6 },
        { .title = "N", .right = true },
        { .title = "HELD BY", .optional = true },
};

static void fill(Table *table)
{
        *table = TABLE(columns);
        table_add(table, STYLE_PLAIN, "0000:01:00.0");
        table_add(table, STYLE_PLAIN, "a name of some length");
        table_addf(table, STYLE_PLAIN, "%d", 7);
        table_add(table, STYLE_PLAIN, NULL);
        table_add(table, STYLE_PLAIN, "0000:02:00.0");
        table_add(table, STYLE_PLAIN, "");
        table_addf(table, STYLE_PLAIN, "%d", 128);
        table_add(table, STYLE_PLAIN, NULL);
}

static void assert_renders(const Table *table, const TextFormat *format, const char *expected)
{
        _cleanup_str_buf_ StrBuf out = {};

        table_render(table, format, 0, &out);
        assert_string_equal(str_buf_get(&out), expected);
}

static void columns_are_aligned_and_empty_ones_left_out(void **state)
{
        static const TextFormat format = { .legend = true };
        _cleanup_table_ Table table;

        fill(&table);
        assert_renders(&table, &format,
                       "ADDRESS       NAME                     N\n"
                       "0000:01:00.0  a name of some length    7\n"
                       "0000:02:00.0                         128\n");
}

static void without_a_legend_there_are_no_titles(void **state)
{
        static const TextFormat format = {};
        _cleanup_table_ Table table;

        fill(&table);
        assert_renders(&table, &format,
                       "0000:01:00.0  a name of some length    7\n"
                       "0000:02:00.0                         128\n");
}

static void names_are_cut_and_addresses_never(void **state)
{
        static const TextFormat narrow = { .width = 30, .unicode = true },
                                too_narrow = { .width = 10, .unicode = true };
        _cleanup_table_ Table table;

        fill(&table);
        assert_renders(&table, &narrow,
                       "0000:01:00.0  a name of …    7\n"
                       "0000:02:00.0               128\n");
        assert_renders(&table, &too_narrow,
                       "0000:01:00.0  a nam…    7\n"
                       "0000:02:00.0          128\n");
}

static void a_heading_fills_its_row(void **state)
{
        static const TextFormat format = { .legend = true };
        _cleanup_table_ Table table = TABLE(columns);

        table_add_heading(&table, STYLE_PLAIN,
                          "a heading that is longer than the columns below it");
        table_add(&table, STYLE_PLAIN, "x");
        table_add(&table, STYLE_PLAIN, "y");
        table_add(&table, STYLE_PLAIN, "1");
        table_add(&table, STYLE_PLAIN, "me");
        assert_renders(&table, &format,
                       "ADDRESS  NAME  N  HELD BY\n"
                       "a heading that is longer than the columns below it\n"
                       "x        y     1  me\n");
}

static void styles_do_not_count_as_width(void **state)
{
        static const TextFormat format = { .color = true };
        _cleanup_table_ Table table = TABLE(columns);

        table_add(&table, STYLE_BAD, "x\033");
        table_add(&table, STYLE_PLAIN, "y");
        table_add(&table, STYLE_PLAIN, "1");
        table_add(&table, STYLE_PLAIN, NULL);
        assert_renders(&table, &format, "\033[1;31mx\\x1b\033[0m  y  1\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(columns_are_aligned_and_empty_ones_left_out),
                cmocka_unit_test(without_a_legend_there_are_no_titles),
                cmocka_unit_test(names_are_cut_and_addresses_never),
                cmocka_unit_test(a_heading_fills_its_row),
                cmocka_unit_test(styles_do_not_count_as_width),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
