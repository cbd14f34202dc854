// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/vgpu.h"

#include "fake-kernel.h"
#include "unit.h"

#define TYPE   "sys/bus/pci/devices/0000:02:00.0/mdev_supported_types/nvidia-230"
#define VF     "sys/bus/pci/devices/0000:02:00.4/nvidia/current_vgpu_type"
#define UUID   "5f3a1c40-1d5e-4c2e-9d6b-000000000001"
#define REMOVE "sys/bus/mdev/devices/" UUID "/remove"

static const PciAddress parent = { .bus = 2 }, vf = { .bus = 2, .function = 4 };

static int setup(void **state)
{
        FakeKernel *k = fake_kernel_new();

        fake_put(k, TYPE "/create", "");
        fake_put(k, TYPE "/available_instances", "3\n");
        fake_put(k, VF, "0\n");
        *state = k;
        return 0;
}

static int teardown(void **state)
{
        fake_kernel_free(*state);
        return 0;
}

static void a_mediated_device_comes_and_goes(void **state)
{
        FakeKernel *k = *state;
        uint64_t available = 0;
        int32_t group = -1;
        pid_t stuck = 0;

        assert_int_equal(mdev_available(k->root, parent, "nvidia-230", &available), 0);
        assert_int_equal(available, 3);
        assert_false(mdev_exists(k->root, UUID));
        assert_int_equal(mdev_group(k->root, UUID, &group), -ENOENT);
        assert_int_equal(mdev_create(k->root, parent, "nvidia-230", UUID, 0, &stuck), 0);
        assert_true(mdev_exists(k->root, UUID));
        assert_int_equal(mdev_group(k->root, UUID, &group), 0);
        assert_int_equal(group, 70);
        assert_int_equal(mdev_remove(k->root, UUID, 0, &stuck), 0);
        assert_false(mdev_exists(k->root, UUID));
        assert_int_equal(mdev_remove(k->root, UUID, 0, &stuck), 0);
        assert_string_equal(str_buf_get(&k->log), TYPE "/create=" UUID "\n" REMOVE "=1\n");
}

static void a_driver_may_refuse_one(void **state)
{
        FakeKernel *k = *state;
        uint64_t available;
        pid_t stuck = 0;

        assert_int_equal(mdev_available(k->root, parent, "nvidia-1", &available), -ENOENT);
        assert_int_equal(mdev_create(k->root, parent, "nvidia-1", UUID, 0, &stuck), -ENOENT);
        k->fail_path = "/create";
        k->fail_with = -ENOSPC;
        assert_int_equal(mdev_create(k->root, parent, "nvidia-230", UUID, 0, &stuck), -ENOSPC);
        k->fail_with = FAKE_IGNORE;
        assert_int_equal(mdev_create(k->root, parent, "nvidia-230", UUID, 0, &stuck), -EIO);
        k->fail_with = -ETIMEDOUT;
        assert_int_equal(mdev_create(k->root, parent, "nvidia-230", UUID, 0, &stuck), -ETIMEDOUT);
        assert_int_equal(stuck, FAKE_CHILD);
}

static void one_that_is_in_use_stays(void **state)
{
        FakeKernel *k = *state;
        pid_t stuck = 0;

        assert_int_equal(mdev_create(k->root, parent, "nvidia-230", UUID, 0, &stuck), 0);
        k->fail_path = REMOVE;
        k->fail_with = -EBUSY;
        assert_int_equal(mdev_remove(k->root, UUID, 0, &stuck), -EBUSY);
        k->fail_with = -ENODEV;
        assert_int_equal(mdev_remove(k->root, UUID, 0, &stuck), 0);
}

static void a_vf_takes_a_type(void **state)
{
        FakeKernel *k = *state;
        pid_t stuck = 0;

        assert_true(vf_has_type(k->root, vf));
        assert_false(vf_has_type(k->root, parent));
        assert_int_equal(vf_set_type(k->root, vf, "0", 0, &stuck), 0);
        assert_int_equal(vf_set_type(k->root, vf, "1147", 0, &stuck), 0);
        assert_int_equal(vf_set_type(k->root, vf, "1147", 0, &stuck), 0);
        assert_int_equal(vf_set_type(k->root, vf, "0", 0, &stuck), 0);
        assert_string_equal(str_buf_get(&k->log), VF "=1147\n" VF "=0\n");
        assert_int_equal(vf_set_type(k->root, parent, "1147", 0, &stuck), -ENOENT);
        k->fail_path = VF;
        k->fail_with = FAKE_IGNORE;
        assert_int_equal(vf_set_type(k->root, vf, "1147", 0, &stuck), -EIO);
        k->fail_with = -EINVAL;
        assert_int_equal(vf_set_type(k->root, vf, "1147", 0, &stuck), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_mediated_device_comes_and_goes),
                TEST(a_driver_may_refuse_one),
                TEST(one_that_is_in_use_stays),
                TEST(a_vf_takes_a_type),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
