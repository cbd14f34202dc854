// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/cpio.h"

#include "unit.h"
#include "util/str.h"

typedef struct Archive {
        StrBuf bytes;
        size_t at;
        StrBuf seen; /* NAME:CONTENT, a line each */
} Archive;

static ssize_t read_some(void *userdata, void *buf, size_t n)
{
        Archive *a = userdata;
        size_t left = a->bytes.len - a->at;

        if (n > 7) /* so that nothing depends on how much comes at once */
                n = 7;
        if (n > left)
                n = left;
        if (n > 0)
                memcpy(buf, a->bytes.data + a->at, n);
        a->at += n;
        return (ssize_t)n;
}

static bool wants(void *userdata, const CpioEntry *entry)
{
        return !streq(entry->name, "skipped");
}

static int saw(void *userdata, const CpioEntry *entry)
{
        Archive *a = userdata;

        str_buf_printf(&a->seen, "%s:%s\n", entry->name, entry->data ? entry->data : "-");
        return streq(entry->name, "stop") ? -ECANCELED : 0;
}

static void add(Archive *a, const char *name, const char *data)
{
        cpio_add(&a->bytes, &(CpioEntry){ .name = name,
                                          .mode = 0100644,
                                          .links = 1,
                                          .size = strlen(data),
                                          .data = data });
}

static int read_archive(Archive *a, CpioEnd *ret)
{
        a->at = 0;
        return cpio_read(&(CpioSource){ read_some, a }, &(CpioVisitor){ wants, saw, a }, ret);
}

static void archive_done(Archive *a)
{
        str_buf_done(&a->bytes);
        str_buf_done(&a->seen);
}
#define _cleanup_archive_ _cleanup_(archive_done)

static void one_after_the_other(void **state)
{
        _cleanup_archive_ Archive a = {};
        CpioEnd end;

        add(&a, "kernel/x86/microcode/GenuineIntel.bin", "micro");
        cpio_add(&a.bytes, NULL);
        for (size_t i = 0; i < 300; i++)
                str_buf_add_n(&a.bytes, "", 1);
        add(&a, "./etc/a", "1");
        add(&a, "/etc/b", "");
        add(&a, "skipped", "much");
        add(&a, "etc/c", "12345");
        cpio_add(&a.bytes, NULL);
        assert_int_equal(read_archive(&a, &end), 0);
        assert_false(end.more);
        assert_string_equal(str_buf_get(&a.seen),
                            "kernel/x86/microcode/GenuineIntel.bin:micro\netc/a:1\netc/b:\n"
                            "skipped:-\netc/c:12345\n");
}

static void what_is_compressed_is_left(void **state)
{
        _cleanup_archive_ Archive a = {};
        CpioEnd end;
        size_t offset;

        add(&a, "early", "x");
        cpio_add(&a.bytes, NULL);
        while (a.bytes.len % 512)
                str_buf_add_n(&a.bytes, "", 1);
        offset = a.bytes.len;
        str_buf_add_n(&a.bytes, "\x28\xb5\x2f\xfd", 4);
        assert_int_equal(read_archive(&a, &end), 0);
        assert_true(end.more);
        assert_int_equal(end.offset, offset);
        assert_memory_equal(end.magic, "\x28\xb5\x2f\xfd\0\0", CPIO_MAGIC);
        assert_string_equal(str_buf_get(&a.seen), "early:x\n");
}

static void nothing_at_all(void **state)
{
        _cleanup_archive_ Archive a = {};
        CpioEnd end;

        assert_int_equal(read_archive(&a, &end), 0);
        assert_false(end.more);
}

static void what_is_cut_short_is_told(void **state)
{
        _cleanup_archive_ Archive whole = {};
        CpioEnd end;

        add(&whole, "etc/a", "1234567");
        add(&whole, "etc/b", "1");
        cpio_add(&whole.bytes, NULL);
        for (size_t n = 1; n < whole.bytes.len; n++) {
                _cleanup_archive_ Archive a = {};
                int r;

                str_buf_add_n(&a.bytes, whole.bytes.data, n);
                r = read_archive(&a, &end);
                if (n < CPIO_MAGIC)
                        assert_true(r == 0 && end.more); /* too little to be anything */
                else
                        assert_int_equal(r, -EBADMSG);
        }
}

static void nonsense_is_told(void **state)
{
        static const struct {
                size_t at;
                const char *text;
        } rows[] = {
                { 14,  "0000000g" }, /* mode */
                { 54,  "ffffffff" }, /* a content that does not come */
                { 94,  "00000000" }, /* no name */
                { 94,  "00001001" }, /* a name that is too long */
                { 94,  "00000002" }, /* a name without its NUL */
                { 102, "xxxxxxxx" }, /* check sum */
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_archive_ Archive a = {};
                CpioEnd end;

                add(&a, "etc/a", "1");
                cpio_add(&a.bytes, NULL);
                memcpy(a.bytes.data + rows[i].at, rows[i].text, 8);
                print_message("# %s\n", rows[i].text);
                assert_int_equal(read_archive(&a, &end), -EBADMSG);
        }
}

static void a_visitor_may_stop(void **state)
{
        _cleanup_archive_ Archive a = {};
        CpioEnd end;

        add(&a, "stop", "");
        add(&a, "etc/b", "1");
        cpio_add(&a.bytes, NULL);
        assert_int_equal(read_archive(&a, &end), -ECANCELED);
        assert_string_equal(str_buf_get(&a.seen), "stop:\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_after_the_other), cmocka_unit_test(what_is_compressed_is_left),
                cmocka_unit_test(nothing_at_all),      cmocka_unit_test(what_is_cut_short_is_told),
                cmocka_unit_test(nonsense_is_told),    cmocka_unit_test(a_visitor_may_stop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
