// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/firmware.h"

#include "host.h"

#define UEFI        "'interface-types':['uefi'],"
#define Q35         "'targets':[{'architecture':'x86_64','machines':['pc-q35-*']}],"
#define CODE        "'executable':{'filename':'/c.fd','format':'raw'}"
#define VARS        "'nvram-template':{'filename':'/d.fd','format':'raw'}"
#define FLASH       "'mapping':{'device':'flash'," CODE "," VARS "},"
#define NO_FEATURES "'features':[]"
#define PLAIN       "{" UEFI FLASH Q35 NO_FEATURES "}"
#define IMAGES      "f c.fd 0444 \"x\"\nf d.fd 0444 \"x\"\n"

/* A line of a host.tree: the JSON has ' for ". */
static void add_file(StrBuf *tree, const char *path, const char *json)
{
        str_buf_printf(tree, "f %s 0444 \"", path);
        for (; *json; json++)
                if (*json == '\'')
                        str_buf_add(tree, "\\\"");
                else
                        str_buf_add_char(tree, *json);
        str_buf_add(tree, "\"\n");
}

static void read_tree(StrBuf *tree, FirmwareList *ret)
{
        _cleanup_free_ char *text = NULL;
        TestRoot t;

        text = format_string(IMAGES "%s", str_buf_get(tree));
        assert_non_null(text);
        t = test_root_text(text);
        assert_int_equal(firmware_read(t.root, ret), 0);
        test_root_done(&t);
}

/* One descriptor, which is to be understood or not. */
static void read_one(const char *json, FirmwareList *ret)
{
        _cleanup_str_buf_ StrBuf tree = {};

        add_file(&tree, "usr/share/qemu/firmware/a.json", json);
        read_tree(&tree, ret);
}

static void a_descriptor_is_understood(void **state)
{
        _cleanup_firmware_list_ FirmwareList list = {};

        read_one(
                "{'description':'x'," UEFI
                "'mapping':{'device':'flash','mode':'split','executable':{'filename':'/c.fd','format':"
                "'qcow2'}," VARS "},"
                "'targets':[{'architecture':'aarch64','machines':['virt-*']},"
                "{'architecture':'x86_64','machines':['pc-i440fx-*','pc-q35-*']}],"
                "'features':['acpi-s3','enrolled-keys','requires-smm','secure-boot'],'tags':[]}",
                &list);
        assert_int_equal(list.n, 1);
        assert_int_equal(list.wrong.n, 0);
        assert_string_equal(list.items[0].file, "usr/share/qemu/firmware/a.json");
        assert_string_equal(list.items[0].code, "/c.fd");
        assert_string_equal(list.items[0].vars, "/d.fd");
        assert_true(list.items[0].code_qcow2);
        assert_false(list.items[0].vars_qcow2);
        assert_int_equal(list.items[0].machines.n, 2);
        assert_string_equal(list.items[0].machines.items[1], "pc-q35-*");
        assert_true(list.items[0].secure_boot);
        assert_true(list.items[0].enrolled_keys);
        assert_true(list.items[0].requires_smm);
}

static void a_stateless_one_has_no_variables(void **state)
{
        _cleanup_firmware_list_ FirmwareList list = {};

        read_one("{" UEFI "'mapping':{'device':'flash','mode':'stateless'," CODE
                 "}," Q35 NO_FEATURES "}",
                 &list);
        assert_int_equal(list.n, 1);
        assert_null(list.items[0].vars);
}

static void names_give_the_order_and_etc_wins(void **state)
{
        _cleanup_firmware_list_ FirmwareList list = {};
        _cleanup_str_buf_ StrBuf tree = {};

        add_file(&tree, "etc/qemu/firmware/40-masked.json", "");
        add_file(&tree, "etc/qemu/firmware/55-c.json", PLAIN);
        add_file(&tree, "etc/qemu/firmware/60-b.json", PLAIN);
        add_file(&tree, "usr/share/qemu/firmware/40-masked.json", PLAIN);
        add_file(&tree, "usr/share/qemu/firmware/50-a.json", PLAIN);
        add_file(&tree, "usr/share/qemu/firmware/60-b.json", PLAIN);
        add_file(&tree, "usr/share/qemu/firmware/README", "none");
        read_tree(&tree, &list);
        assert_int_equal(list.wrong.n, 0);
        assert_int_equal(list.n, 3);
        assert_string_equal(list.items[0].file, "usr/share/qemu/firmware/50-a.json");
        assert_string_equal(list.items[1].file, "etc/qemu/firmware/55-c.json");
        assert_string_equal(list.items[2].file, "etc/qemu/firmware/60-b.json");
}

static void what_is_for_others_is_left_out(void **state)
{
        static const char *const others[] = {
                "{'interface-types':['bios']," FLASH Q35 NO_FEATURES "}",
                "{" UEFI FLASH
                "'targets':[{'architecture':'aarch64','machines':['virt-*']}]," NO_FEATURES "}",
                "{" UEFI "'mapping':{'device':'memory','filename':'/c.fd'}," Q35 NO_FEATURES "}",
                "{" UEFI "'mapping':{'device':'flash','mode':'combined'," CODE "}," Q35 NO_FEATURES
                "}",
                "{" UEFI
                "'mapping':{'device':'flash','executable':{'filename':'/gone.fd','format':'raw'}," VARS
                "}," Q35 NO_FEATURES "}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
                _cleanup_firmware_list_ FirmwareList list = {};

                print_message("# %s\n", others[i]);
                read_one(others[i], &list);
                assert_int_equal(list.n, 0);
                assert_int_equal(list.wrong.n, 0);
        }
}

static void what_is_no_descriptor_is_told(void **state)
{
        static const char *const wrong[] = {
                "x",
                "{",
                "[]",
                "{}",
                "{" UEFI Q35 "'mapping':7}",
                "{" UEFI "'mapping':{'device':'flash'," VARS "}," Q35 NO_FEATURES "}",
                "{" UEFI "'mapping':{'device':'flash'," CODE "}," Q35 NO_FEATURES "}",
                "{" UEFI
                "'mapping':{'device':'flash','executable':{'filename':'c.fd','format':'raw'}," VARS
                "}," Q35 NO_FEATURES "}",
                "{" UEFI
                "'mapping':{'device':'flash','executable':{'filename':'/c.fd','format':'vmdk'}," VARS
                "}," Q35 NO_FEATURES "}",
                "{" UEFI FLASH "'targets':[{'architecture':'x86_64','machines':[7]}]," NO_FEATURES
                "}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
                _cleanup_firmware_list_ FirmwareList list = {};

                print_message("# %s\n", wrong[i]);
                read_one(wrong[i], &list);
                assert_int_equal(list.n, 0);
                assert_int_equal(list.wrong.n, 1);
        }
}

static void there_may_be_none(void **state)
{
        _cleanup_firmware_list_ FirmwareList list = {};
        _cleanup_str_buf_ StrBuf tree = {};

        read_tree(&tree, &list);
        assert_int_equal(list.n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_descriptor_is_understood),
                cmocka_unit_test(a_stateless_one_has_no_variables),
                cmocka_unit_test(names_give_the_order_and_etc_wins),
                cmocka_unit_test(what_is_for_others_is_left_out),
                cmocka_unit_test(what_is_no_descriptor_is_told),
                cmocka_unit_test(there_may_be_none),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
