// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/pe.h"

#include "pe-file.h"

static void finds_a_section(void **state)
{
        char file[PE_SIZE];
        const char *section;
        size_t n;

        pe_file(file, ".cmdline", "quiet");
        assert_int_equal(pe_find_section(file, PE_SIZE, ".cmdline", &section, &n), 0);
        assert_int_equal(n, 5);
        assert_memory_equal(section, "quiet", 5);
        assert_int_equal(pe_find_section(file, PE_SIZE, ".linux", &section, &n), -ENOENT);
        pe_put(file + PE_TABLE + 40 + 8, 4096); /* longer in memory: what lacks would be zeroes */
        assert_int_equal(pe_find_section(file, PE_SIZE, ".cmdline", &section, &n), 0);
        assert_int_equal(n, PE_ALIGNED);
}

/* A piece of it is never taken for all of it. */
static void refuses_what_is_cut_short(void **state)
{
        char file[PE_SIZE];
        const char *section;
        size_t n;

        pe_file(file, ".cmdline", "quiet");
        for (size_t size = 0; size < PE_SIZE; size++)
                assert_int_equal(pe_find_section(file, size, ".cmdline", &section, &n), -EBADMSG);
}

static void refuses_what_it_is_not(void **state)
{
        static const struct {
                unsigned offset, value;
        } rows[] = {
                { 0,                  0x7f454c46 },
                { 0x3c,               PE_SIZE    },
                { 0x3c,               UINT32_MAX },
                { PE_HEADER,          0x4550 + 1 },
                { PE_HEADER + 6,      0xffff     },
                { PE_HEADER + 20,     0xffff     },
                { PE_TABLE + 40 + 16, UINT32_MAX },
                { PE_TABLE + 40 + 20, UINT32_MAX },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                char file[PE_SIZE];
                const char *section;
                size_t n;

                print_message("# row %zu\n", i);
                pe_file(file, ".cmdline", "quiet");
                pe_put(file + rows[i].offset, rows[i].value);
                assert_int_equal(pe_find_section(file, PE_SIZE, ".cmdline", &section, &n),
                                 -EBADMSG);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(finds_a_section),
                cmocka_unit_test(refuses_what_is_cut_short),
                cmocka_unit_test(refuses_what_it_is_not),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
