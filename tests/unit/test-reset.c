// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/reset.h"

#include "fake-kernel.h"
#include "unit.h"

#define D "sys/bus/pci/devices/0000:01:00.0/"

static const PciAddress card = { .bus = 1 };

static int setup(void **state)
{
        FakeKernel *k = fake_kernel_new();

        fake_function(k, "0000:01:00.0", "vfio-pci", "nouveau");
        *state = k;
        return 0;
}

static int teardown(void **state)
{
        fake_kernel_free(*state);
        return 0;
}

static void it_is_written_to(void **state)
{
        FakeKernel *k = *state;
        pid_t stuck = 0;

        fake_put(k, D "reset", "");
        assert_int_equal(function_reset(k->root, card, 1000, &stuck), 0);
        assert_string_equal(str_buf_get(&k->log), D "reset=1\n");
}

/* Function 0 of a card is listed as resettable by its bus, and is not while others are on that. */
static void some_cannot_by_themselves(void **state)
{
        FakeKernel *k = *state;
        pid_t stuck = 0;

        assert_int_equal(function_reset(k->root, card, 1000, &stuck), -EOPNOTSUPP);
        fake_put(k, D "reset", "");
        k->fail_path = D "reset";
        k->fail_with = -ENOTTY;
        assert_int_equal(function_reset(k->root, card, 1000, &stuck), -EOPNOTSUPP);
}

static void one_does_not_come_back(void **state)
{
        FakeKernel *k = *state;
        pid_t stuck = 0;

        fake_put(k, D "reset", "");
        k->fail_path = D "reset";
        k->fail_with = -ETIMEDOUT;
        assert_int_equal(function_reset(k->root, card, 1000, &stuck), -ETIMEDOUT);
        assert_int_equal(stuck, FAKE_CHILD);
}

static void who_answers(void **state)
{
        FakeKernel *k = *state;

        assert_int_equal(function_answers(k->root, card), -ENODEV);
        fake_put(k, D "config", "\xde\x10\x04\x22");
        assert_int_equal(function_answers(k->root, card), 0);
        fake_put(k, D "config", "\xff\xff\xff\xff");
        assert_int_equal(function_answers(k->root, card), -EIO);
        fake_put(k, D "config", "\xff\xff");
        assert_int_equal(function_answers(k->root, card), -EIO);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(it_is_written_to, setup, teardown),
                cmocka_unit_test_setup_teardown(some_cannot_by_themselves, setup, teardown),
                cmocka_unit_test_setup_teardown(one_does_not_come_back, setup, teardown),
                cmocka_unit_test_setup_teardown(who_answers, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
