// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/sriov.h"

#include "fake-kernel.h"
#include "unit.h"

#define PF "sys/bus/pci/devices/0000:02:00.0"

static const PciAddress pf = { .bus = 2 };

static int setup(void **state)
{
        FakeKernel *k = fake_kernel_new();

        fake_put(k, PF "/sriov_numvfs", "0\n");
        fake_put(k, PF "/sriov_drivers_autoprobe", "1\n");
        *state = k;
        return 0;
}

static int teardown(void **state)
{
        fake_kernel_free(*state);
        return 0;
}

static void functions_are_made(void **state)
{
        FakeKernel *k = *state;
        pid_t stuck = 0;

        assert_int_equal(sriov_set_autoprobe(k->root, pf, false, 0, &stuck), 0);
        assert_int_equal(sriov_set_vfs(k->root, pf, 4, 0, &stuck), 0);
        assert_string_equal(str_buf_get(&k->log),
                            PF "/sriov_drivers_autoprobe=0\n" PF "/sriov_numvfs=4\n");
}

static void what_is_right_stays(void **state)
{
        FakeKernel *k = *state;
        pid_t stuck = 0;

        assert_int_equal(sriov_set_autoprobe(k->root, pf, true, 0, &stuck), 0);
        assert_int_equal(sriov_set_vfs(k->root, pf, 0, 0, &stuck), 0);
        assert_string_equal(str_buf_get(&k->log), "");
}

static void another_number_goes_by_way_of_none(void **state)
{
        FakeKernel *k = *state;
        pid_t stuck = 0;

        fake_put(k, PF "/sriov_numvfs", "2\n");
        assert_int_equal(sriov_set_vfs(k->root, pf, 4, 0, &stuck), 0);
        assert_string_equal(str_buf_get(&k->log), PF "/sriov_numvfs=0\n" PF "/sriov_numvfs=4\n");
}

static void failures_are_told(void **state)
{
        FakeKernel *k = *state;
        pid_t stuck = 0;

        k->fail_path = PF "/sriov_numvfs";
        k->fail_with = -ERANGE;
        assert_int_equal(sriov_set_vfs(k->root, pf, 200, 0, &stuck), -ERANGE);
        k->fail_with = FAKE_IGNORE;
        assert_int_equal(sriov_set_vfs(k->root, pf, 4, 0, &stuck), -EIO);
        k->fail_with = -ETIMEDOUT;
        assert_int_equal(sriov_set_vfs(k->root, pf, 4, 0, &stuck), -ETIMEDOUT);
        assert_int_equal(stuck, FAKE_CHILD);
        assert_int_equal(sriov_set_vfs(k->root, (PciAddress){ .bus = 9 }, 4, 0, &stuck), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(functions_are_made),
                TEST(what_is_right_stays),
                TEST(another_number_goes_by_way_of_none),
                TEST(failures_are_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
