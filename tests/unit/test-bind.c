// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/bind.h"

#include "fake-kernel.h"
#include "unit.h"

#define DEVICES "sys/bus/pci/devices/"
#define GPU     "0000:01:00.0"
#define AUDIO   "0000:01:00.1"

static const PciAddress gpu = { .bus = 1 }, audio = { .bus = 1, .function = 1 };

typedef struct Slot {
        FakeKernel *k;
        BindFunction functions[2];
} Slot;

static int setup(void **state)
{
        Slot *s = calloc(1, sizeof(Slot));

        assert_non_null(s);
        s->k = fake_kernel_new();
        fake_put(s->k, "sys/bus/pci/drivers/vfio-pci/unbind", "");
        fake_function(s->k, GPU, NULL, "nouveau");
        fake_function(s->k, AUDIO, NULL, "snd_hda_intel");
        s->functions[0].address = gpu;
        s->functions[1].address = audio;
        *state = s;
        return 0;
}

static int teardown(void **state)
{
        Slot *s = *state;

        fake_kernel_free(s->k);
        free(s);
        return 0;
}

static int bind(Slot *s, const char *driver)
{
        s->functions[0].driver = s->functions[1].driver = driver;
        return slot_bind(&WRITER_OF(s->k->root), s->functions, 2, 0);
}

static void assert_outcomes(const Slot *s, BindOutcome first, BindOutcome second)
{
        assert_string_equal(enum_to_string(&bind_outcome_table, (int)s->functions[0].outcome),
                            enum_to_string(&bind_outcome_table, (int)first));
        assert_string_equal(enum_to_string(&bind_outcome_table, (int)s->functions[1].outcome),
                            enum_to_string(&bind_outcome_table, (int)second));
}

static void assert_override(Slot *s, const char *address, const char *expected)
{
        _cleanup_free_ char *path = format_string(DEVICES "%s/driver_override", address);
        _cleanup_free_ char *text = fake_text(s->k, path);

        assert_string_equal(text, expected);
}

static void all_overrides_come_before_the_first_probe(void **state)
{
        Slot *s = *state;

        assert_int_equal(bind(s, "vfio-pci"), 0);
        assert_outcomes(s, BIND_DONE, BIND_DONE);
        assert_string_equal(s->functions[0].is, "vfio-pci");
        assert_string_equal(str_buf_get(&s->k->log),
                            DEVICES GPU "/driver_override=vfio-pci\n" DEVICES AUDIO
                                        "/driver_override=vfio-pci\n"
                                        "sys/bus/pci/drivers_probe=" AUDIO "\n"
                                        "sys/bus/pci/drivers_probe=" GPU "\n");
}

/* A variant driver is for the display function alone. */
static void functions_may_have_different_drivers(void **state)
{
        Slot *s = *state;

        fake_put(s->k, "sys/bus/pci/drivers/nvgrace_gpu_vfio_pci/unbind", "");
        s->functions[0].driver = "nvgrace_gpu_vfio_pci";
        s->functions[1].driver = "vfio-pci";
        assert_int_equal(slot_bind(&WRITER_OF(s->k->root), s->functions, 2, 0), 0);
        assert_string_equal(s->functions[0].is, "nvgrace_gpu_vfio_pci");
        assert_string_equal(s->functions[1].is, "vfio-pci");
}

static void twice_is_once(void **state)
{
        Slot *s = *state;

        assert_int_equal(bind(s, "vfio-pci"), 0);
        s->k->log.len = 0;
        assert_int_equal(bind(s, "vfio-pci"), 0);
        assert_outcomes(s, BIND_UNCHANGED, BIND_UNCHANGED);
        assert_int_equal(s->k->log.len, 0);
}

static void native_driver_stays_unless_it_may_go(void **state)
{
        Slot *s = *state;

        fake_function(s->k, AUDIO, "snd_hda_intel", "snd_hda_intel");
        assert_int_equal(bind(s, "vfio-pci"), -EBUSY);
        assert_outcomes(s, BIND_SKIPPED, BIND_REFUSED);
        assert_string_equal(s->functions[1].was, "snd_hda_intel");
        assert_string_equal(str_buf_get(&s->k->log), "");

        s->functions[1].may_unbind = true;
        assert_int_equal(bind(s, "vfio-pci"), 0);
        assert_outcomes(s, BIND_DONE, BIND_DONE);
        assert_string_equal(fake_driver(s->k, AUDIO), "vfio-pci");
}

static void failed_override_takes_back_the_others(void **state)
{
        Slot *s = *state;

        fake_put(s->k, DEVICES GPU "/driver_override", "pci-stub\n");
        s->k->fail_path = AUDIO "/driver_override";
        s->k->fail_with = -ENODEV;
        assert_int_equal(bind(s, "vfio-pci"), -ENODEV);
        assert_outcomes(s, BIND_SKIPPED, BIND_FAILED);
        assert_override(s, GPU, "pci-stub");
        assert_string_equal(s->functions[1].step, "driver_override");
        assert_string_equal(fake_driver(s->k, GPU), "");
}

/* 6.1 says that all is well where nothing was bound, 6.12 says EINVAL: neither is believed. */
static void the_link_is_the_judge(void **state)
{
        static const int lies[] = { FAKE_IGNORE, -EINVAL };
        Slot *s = *state;

        for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
                s->k->fail_path = "/drivers_probe";
                s->k->fail_value = GPU;
                s->k->fail_with = lies[i];
                assert_int_equal(bind(s, "vfio-pci"), -ENXIO);
                assert_int_equal(s->functions[0].outcome, BIND_NOT_TAKEN);
                assert_override(s, GPU, "vfio-pci"); /* no native driver takes it later */
        }
}

static void stuck_function_is_left_alone(void **state)
{
        Slot *s = *state;

        fake_function(s->k, AUDIO, "snd_hda_intel", "snd_hda_intel");
        s->functions[1].may_unbind = true;
        s->k->fail_path = "/unbind";
        s->k->fail_with = -ETIMEDOUT;
        assert_int_equal(bind(s, "vfio-pci"), -ETIMEDOUT);
        assert_outcomes(s, BIND_SKIPPED, BIND_STUCK);
        assert_int_equal(s->functions[1].stuck, FAKE_CHILD);
        assert_string_equal(s->functions[1].step, "driver/unbind");
        assert_null(strstr(str_buf_get(&s->k->log), "drivers_probe"));
}

static void functions_return_to_their_own_drivers(void **state)
{
        Slot *s = *state;

        fake_put(s->k, "sys/bus/pci/drivers/nouveau/unbind", "");
        assert_int_equal(bind(s, "vfio-pci"), 0);
        assert_int_equal(bind(s, NULL), -EBUSY); /* a VM may have it */
        s->functions[0].may_unbind = s->functions[1].may_unbind = true;
        assert_int_equal(bind(s, NULL), 0);
        assert_string_equal(fake_driver(s->k, GPU), "nouveau");
        assert_string_equal(fake_driver(s->k, AUDIO), ""); /* its driver is not loaded */
        assert_override(s, GPU, "\n");

        s->k->log.len = 0;
        fake_put(s->k, DEVICES GPU "/driver_override", "(null)\n");
        fake_put(s->k, DEVICES AUDIO "/driver_override", "(null)\n");
        assert_int_equal(bind(s, NULL), 0);
        assert_int_equal(s->functions[0].outcome, BIND_UNCHANGED);
        assert_string_equal(fake_driver(s->k, GPU), "nouveau");
}

static void missing_function_stops_the_slot(void **state)
{
        Slot *s = *state;

        s->functions[1].address.function = 5;
        assert_int_equal(bind(s, "vfio-pci"), -ENODEV);
        assert_outcomes(s, BIND_SKIPPED, BIND_FAILED);
        assert_string_equal(str_buf_get(&s->k->log), "");
}

static void only_names_are_written(void **state)
{
        static const char *const wrong[] = { "",
                                             "../x",
                                             "vfio pci",
                                             "vfio-pci\n",
                                             "-x",
                                             "a/b",
                                             "n\xc3\xa4",
                                             ("0123456789012345678901234567890"
                                              "123456789012345678901234567890123") };
        Slot *s = *state;

        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
                assert_int_equal(bind(s, wrong[i]), -EINVAL);
        assert_string_equal(str_buf_get(&s->k->log), "");
        assert_true(driver_name_plausible("nvgrace_gpu_vfio_pci"));
}

static void drivers_are_found_in_either_spelling(void **state)
{
        Slot *s = *state;
        char name[DRIVER_NAME_MAX];

        assert_int_equal(driver_find(s->k->root, "vfio_pci", name), 0);
        assert_string_equal(name, "vfio-pci");
        assert_int_equal(driver_find(s->k->root, "vfio", name), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(all_overrides_come_before_the_first_probe),
                TEST(functions_may_have_different_drivers),
                TEST(twice_is_once),
                TEST(native_driver_stays_unless_it_may_go),
                TEST(failed_override_takes_back_the_others),
                TEST(the_link_is_the_judge),
                TEST(stuck_function_is_left_alone),
                TEST(functions_return_to_their_own_drivers),
                TEST(missing_function_stops_the_slot),
                TEST(only_names_are_written),
                TEST(drivers_are_found_in_either_spelling),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
