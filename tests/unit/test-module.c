// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/module.h"

#include "unit.h"

/* Nothing is loaded by a test: but libkmod is found, with all that is wanted of it, and asked. */
static void an_unknown_module_is_none(void **state)
{
        char *command = NULL;

        assert_int_equal(module_load("gpuhost_no_such_module", &command), -ENOENT);
        assert_null(command);
}

static void what_is_no_name_is_not_asked_for(void **state)
{
        char *command = NULL;

        assert_int_equal(module_load("../vfio", &command), -EINVAL);
        assert_int_equal(module_load("", &command), -EINVAL);
        assert_null(command);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_unknown_module_is_none),
                cmocka_unit_test(what_is_no_name_is_not_asked_for),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
