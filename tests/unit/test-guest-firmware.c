// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/firmware.h"

#include "unit.h"

static char *q35[] = { (char[]){ "pc-i440fx-*" }, (char[]){ "pc-q35-*" } };
static char *q35_of_7_2[] = { (char[]){ "pc-q35-7.2" } };
static char *microvm[] = { (char[]){ "microvm" } };

#define ON(names)   .machines = { .items = names, .n = ARRAY_SIZE(names) }
#define FLASH(name) .code = (char[]){ name }, .vars = (char[]){ "vars" }

/* As Debian has them, in this order. */
static FirmwareDescriptor debian[] = {
        { FLASH("enrolled"), ON(q35), .secure_boot = true, .enrolled_keys = true,
         .requires_smm = true },
        { FLASH("without keys"), ON(q35), .secure_boot = true, .requires_smm = true },
        { FLASH("plain"), ON(q35) },
};

static const char *choose(FirmwareDescriptor *items, size_t n, bool secure_boot, unsigned major)
{
        FirmwareList list = { .items = items, .n = n };
        Firmware wanted = { .secure_boot = secure_boot };
        const FirmwareDescriptor *chosen =
                firmware_choose(&list, &wanted, major, major == 7 ? 2 : 0);

        return chosen ? chosen->code : "none";
}

static void each_wish_has_its_own(void **state)
{
        assert_string_equal(choose(debian, 3, true, 10), "enrolled");
        assert_string_equal(choose(debian, 3, false, 10), "plain");
        assert_string_equal(choose(debian, 3, false, 7), "plain");
}

/* What has no keys does not enforce anything, and is what there is where nothing plainer is installed. */
static void keys_make_the_difference(void **state)
{
        assert_string_equal(choose(debian + 1, 2, true, 10), "none");
        assert_string_equal(choose(debian, 2, false, 10), "without keys");
        assert_string_equal(choose(debian, 1, false, 10), "none");
}

/* A guest that may write to the flash as it likes would enroll keys of its own. */
static void flash_that_anybody_writes_enforces_nothing(void **state)
{
        FirmwareDescriptor open[] = {
                { FLASH("open"),                   ON(q35), .secure_boot = true, .enrolled_keys = true },
                { .code = (char[]){ "stateless" },
                 ON(q35),
                 .secure_boot = true,
                 .enrolled_keys = true                                                                 },
        };

        assert_string_equal(choose(open, 1, true, 10), "none");
        assert_string_equal(choose(open, 2, true, 10), "stateless");
}

static void it_is_for_the_machine(void **state)
{
        FirmwareDescriptor others[] = {
                { FLASH("microvm"), ON(microvm)    },
                { FLASH("old"),     ON(q35_of_7_2) },
        };

        assert_string_equal(choose(others, 2, false, 7), "old");
        assert_string_equal(choose(others, 2, false, 10), "none");
}

static void the_first_counts(void **state)
{
        FirmwareDescriptor two[] = {
                { FLASH("one"), ON(q35) },
                { FLASH("two"), ON(q35) }
        };

        assert_string_equal(choose(two, 2, false, 10), "one");
        assert_string_equal(choose(two, 0, false, 10), "none");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_wish_has_its_own),
                cmocka_unit_test(keys_make_the_difference),
                cmocka_unit_test(flash_that_anybody_writes_enforces_nothing),
                cmocka_unit_test(it_is_for_the_machine),
                cmocka_unit_test(the_first_counts),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
