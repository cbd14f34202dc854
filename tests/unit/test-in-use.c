// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/in-use.h"

#include "device/stuck.h"
#include "fake-kernel.h"
#include "unit.h"

#define GPU   "0000:01:00.0"
#define AUDIO "0000:01:00.1"

/* A card with its audio function, and a plan that leaves it to the next boot. */
typedef struct Card {
        FakeKernel *k;
        Machine machine;
        PciDevice devices[2];
        const PciDevice *companions[1];
        GpuPlan gpu;
        Step step;
        Plan plan;
} Card;

static int setup(void **state)
{
        Card *c = calloc(1, sizeof(Card));

        assert_non_null(c);
        c->k = fake_kernel_new();
        fake_function(c->k, GPU, "nouveau", "nouveau");
        fake_function(c->k, AUDIO, "snd_hda_intel", "snd_hda_intel");
        fake_put(c->k, "sys/bus/pci/devices/" GPU "/drm/card0/dev", "226:0\n");
        fake_put(c->k, "sys/bus/pci/devices/" GPU "/drm/card0/uevent", "DEVNAME=dri/card0\n");
        fake_put(c->k, "proc/812/comm", "Xorg\n");
        fake_put(c->k, "proc/812/cgroup", "0::/system.slice/gdm.service\n");
        fake_put(c->k, "proc/812/fd/.none", "");
        c->devices[0] = (PciDevice){ .address = { .bus = 1 }, .driver = (char *)"nouveau" };
        c->devices[1] = (PciDevice){
                .address = { .bus = 1, .function = 1 },
                  .driver = (char *)"snd_hda_intel"
        };
        c->companions[0] = c->devices + 1;
        c->machine = (Machine){ .devices = c->devices, .n_devices = 2 };
        c->gpu = (GpuPlan){ .device = c->devices, .companions = c->companions, .n_companions = 1 };
        c->step = (Step){ .code = STEP_BIND, .when = STEP_REBOOT, .target = (char *)GPU };
        c->plan = (Plan){ .gpus = &c->gpu, .n_gpus = 1, .steps = &c->step, .n_steps = 1 };
        *state = c;
        return 0;
}

static int teardown(void **state)
{
        Card *c = *state;

        free(c->devices[0].used_by);
        fake_kernel_free(c->k);
        free(c);
        return 0;
}

static bool look(Card *c)
{
        bool any = false;

        assert_int_equal(in_use_read(c->k->root, &c->plan, &c->machine, &any), 0);
        return any;
}

static void nobody(void **state)
{
        Card *c = *state;

        assert_true(look(c));
        assert_int_equal(c->devices[0].use, DEVICE_USE_NONE);
        assert_int_equal(c->devices[1].use, DEVICE_USE_NONE);
        assert_null(c->devices[0].used_by);
}

static void somebody(void **state)
{
        Card *c = *state;

        fake_link(c->k, "proc/812/fd/3", "/dev/dri/card0");
        assert_true(look(c));
        assert_int_equal(c->devices[0].use, DEVICE_USE_HELD);
        assert_int_equal(c->devices[1].use, DEVICE_USE_HELD);
        assert_string_equal(c->devices[0].used_by,
                            "Xorg (pid 812, gdm.service) holds /dev/dri/card0");
}

static void stuck_is_not_free(void **state)
{
        Card *c = *state;

        assert_int_equal(stuck_mark(c->k->root, c->devices[1].address), 0);
        (void)look(c);
        assert_int_equal(c->devices[0].use, DEVICE_USE_UNKNOWN);
}

static void other_steps_ask_nobody(void **state)
{
        Card *c = *state;

        c->step.when = STEP_NOW;
        assert_false(look(c));
        c->step.when = STEP_REBOOT;
        c->gpu.claimed_by = "trainer";
        assert_false(look(c));
        assert_int_equal(c->devices[0].use, DEVICE_USE_UNKNOWN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(nobody, setup, teardown),
                cmocka_unit_test_setup_teardown(somebody, setup, teardown),
                cmocka_unit_test_setup_teardown(stuck_is_not_free, setup, teardown),
                cmocka_unit_test_setup_teardown(other_steps_ask_nobody, setup, teardown),
        };

        return cmocka_run_group_tests_name("in-use", tests, NULL, NULL);
}
