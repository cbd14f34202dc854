// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/prepare.h"

#include "fake-kernel.h"
#include "unit.h"

#define PF    "sys/bus/pci/devices/0000:02:00.0"
#define ALL   "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define NODE1 "sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages"

static int setup(void **state)
{
        FakeKernel *k = fake_kernel_new();

        fake_put(k, PF "/sriov_numvfs", "0\n");
        fake_put(k, PF "/sriov_drivers_autoprobe", "1\n");
        fake_put(k, PF "/d3cold_allowed", "1\n");
        fake_put(k, ALL, "10\n");
        fake_put(k, NODE1, "5\n");
        *state = k;
        return 0;
}

static int teardown(void **state)
{
        fake_kernel_free(*state);
        return 0;
}

static Step step_of(StepCode code, uint64_t number, int32_t node)
{
        static char target[] = "0000:02:00.0";

        return (Step){ .code = code, .target = target, .number = number, .node = node };
}

static void assert_done(FakeKernel *k, Step step, const char *log)
{
        char *problem = NULL;

        assert_int_equal(step_prepare(k->root, &step, &problem), 0);
        assert_null(problem);
        assert_string_equal(str_buf_get(&k->log), log);
}

static void assert_problem(FakeKernel *k, Step step, int error, const char *expected)
{
        _cleanup_free_ char *problem = NULL;

        assert_int_equal(step_prepare(k->root, &step, &problem), error);
        assert_string_equal(problem, expected);
}

static void vfs_for_vms_have_no_driver(void **state)
{
        assert_done(*state, step_of(STEP_SRIOV_VFS, 4, 0),
                    PF "/sriov_drivers_autoprobe=0\n" PF "/sriov_numvfs=4\n");
}

static void vfs_that_become_vgpus_have_theirs(void **state)
{
        Step step = step_of(STEP_SRIOV_VFS, 4, 0);

        step.native_vfs = true;
        step.vfs_tool = "/usr/bin/true"; /* of this machine, and so not for that tree */
        assert_done(*state, step, PF "/sriov_numvfs=4\n");
}

static void vfs_that_do_not_come(void **state)
{
        FakeKernel *k = *state;
        Step step = step_of(STEP_SRIOV_VFS, 4, 0);

        k->fail_path = PF "/sriov_numvfs";
        k->fail_with = -ENOENT;
        assert_problem(k, step, -ENOENT, "cannot make 4 VFs: its driver offers none");
        k->fail_with = FAKE_IGNORE;
        assert_problem(k, step, -EIO, "its driver says that it made 4 VFs, and there are 0");
        k->fail_with = -ETIMEDOUT;
        assert_problem(k, step, -ETIMEDOUT,
                       "its driver does not come back, process 4711 waits for it");
}

static void a_kernel_without_autoprobe(void **state)
{
        FakeKernel *k = *state;
        _cleanup_free_ char *path = format_string("%s/" PF "/sriov_drivers_autoprobe", k->dir);

        assert_int_equal(remove(path), 0);
        assert_done(k, step_of(STEP_SRIOV_VFS, 4, 0), PF "/sriov_numvfs=4\n");
}

static void pages(void **state)
{
        FakeKernel *k = *state;

        assert_done(k, step_of(STEP_HUGEPAGES, 5, 1), ""); /* they are there */
        assert_done(k, step_of(STEP_HUGEPAGES, 3, 1), ""); /* others may need the rest */
        assert_done(k, step_of(STEP_HUGEPAGES, 8, 1), NODE1 "=8\n");
        assert_done(k, step_of(STEP_HUGEPAGES, 20, -1), NODE1 "=8\n" ALL "=20\n");
}

static void pages_that_do_not_come(void **state)
{
        FakeKernel *k = *state;

        assert_problem(k, step_of(STEP_HUGEPAGES, 8, 7), -ENOENT,
                       "this kernel has no pages of 2M on node 7");
        k->fail_path = NODE1;
        k->fail_with = FAKE_IGNORE;
        assert_problem(k, step_of(STEP_HUGEPAGES, 8, 1), -ENOSPC,
                       "only 5 of 8 pages of 2M could be reserved on node 1: memory is too small, "
                       "or in pieces too small");
        k->fail_with = -EINVAL;
        assert_problem(k, step_of(STEP_HUGEPAGES, 8, 1), -EINVAL,
                       "cannot reserve 8 pages: Invalid argument");
}

static void d3cold(void **state)
{
        FakeKernel *k = *state;

        assert_done(k, step_of(STEP_D3COLD, 0, 0), PF "/d3cold_allowed=0\n");
        k->fail_path = "d3cold_allowed";
        k->fail_with = -EACCES;
        assert_problem(k, step_of(STEP_D3COLD, 1, 0), -EACCES,
                       "cannot write d3cold_allowed: Permission denied");
}

static void other_steps(void **state)
{
        char *problem = NULL;
        Step step = step_of(STEP_BIND, 0, 0);
        size_t n = 0;

        assert_int_equal(step_prepare(((FakeKernel *)*state)->root, &step, &problem), -EOPNOTSUPP);
        assert_null(problem);
        for (StepCode code = 0; code < _STEP_MAX; code++)
                n += step_is_prepared(code);
        assert_int_equal(n, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(vfs_for_vms_have_no_driver),
                TEST(vfs_that_become_vgpus_have_theirs),
                TEST(vfs_that_do_not_come),
                TEST(a_kernel_without_autoprobe),
                TEST(pages),
                TEST(pages_that_do_not_come),
                TEST(d3cold),
                TEST(other_steps),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
