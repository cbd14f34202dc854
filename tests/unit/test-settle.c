// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/settle.h"

#include "fake-kernel.h"
#include "unit.h"
#include "util/clock.h"

enum { SECOND = 1000 * 1000, MOMENT = 1000 };

static const PciAddress card = { .bus = 2 };

static int setup(void **state)
{
        FakeKernel *k = fake_kernel_new();

        fake_put(k, "run/udev/queue", "");
        *state = k;
        return 0;
}

static int teardown(void **state)
{
        fake_kernel_free(*state);
        return 0;
}

static void remove_queue(FakeKernel *k)
{
        _cleanup_free_ char *path = format_string("%s/run/udev/queue", k->dir);

        assert_int_equal(remove(path), 0);
}

/* On a machine where other devices come and go, waiting ends early; it never ends late. */
static void waiting_ends(void **state)
{
        FakeKernel *k = *state;
        _cleanup_device_watch_ DeviceWatch watch = DEVICE_WATCH_NONE;
        uint64_t start = clock_now_usec();
        int r;

        assert_int_equal(device_watch_open(k->root, &watch), 0);
        do
                r = device_watch_wait(&watch, start + MOMENT);
        while (r == 0);
        assert_int_equal(r, -ETIMEDOUT);
        assert_true(clock_now_usec() >= start + MOMENT);
}

static void what_happens_before_waiting_is_not_lost(void **state)
{
        FakeKernel *k = *state;
        _cleanup_device_watch_ DeviceWatch watch = DEVICE_WATCH_NONE;

        assert_int_equal(device_watch_open(k->root, &watch), 0);
        remove_queue(k);
        assert_int_equal(device_watch_wait(&watch, clock_now_usec() + 60 * (uint64_t)SECOND), 0);
}

static void settled(void **state)
{
        FakeKernel *k = *state;

        assert_false(device_settled(k->root, card));
        fake_put(k, "run/udev/data/+pci:0000:02:00.0", "I:1\n");
        assert_true(device_initialized(k->root, card));
        assert_false(device_settled(k->root, card)); /* it has seen the card, and goes on */
        remove_queue(k);
        assert_true(device_settled(k->root, card));
        assert_false(device_settled(k->root, (PciAddress){ .bus = 3 }));
}

static void without_udev(void **state)
{
        FakeKernel *k = *state;
        _cleanup_device_watch_ DeviceWatch watch = DEVICE_WATCH_NONE;
        _cleanup_free_ char *folder = format_string("%s/run/udev", k->dir);

        remove_queue(k);
        assert_int_equal(remove(folder), 0);
        assert_int_equal(device_watch_open(k->root, &watch), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(waiting_ends),
                TEST(what_happens_before_waiting_is_not_lost),
                TEST(settled),
                TEST(without_udev),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
