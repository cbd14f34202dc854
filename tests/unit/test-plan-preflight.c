// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

static World *world_of(GpuRole role)
{
        World *w = world_watched(world_new());

        world_console(w);
        world_gpu(w, "0000:0c:00.0")->driver = (char *)"vfio-pci";
        world_function(w, "0000:0c:00.1", PCI_CLASS_AUDIO, "10de:1aef", "vfio-pci", 12);
        world_entry(w, role, "big", "0000:0c:00.0");
        return w;
}

static void reset_methods(void **state)
{
        static const struct {
                const char *methods;
                bool shared;
        } rows[] = {
                { "bus",             true  },
                { "cxl_bus",         true  },
                { "bus cxl_bus",     true  },
                { "flr bus",         false },
                { "pm bus",          false },
                { "acpi",            false },
                { "device_specific", false },
                { "af_flr",          false },
                { NULL,              false },
                { "xflr bus",        true  },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

                w->devices[1].reset_methods = (char *)rows[i].methods;
                print_message("# %s\n", rows[i].methods ? rows[i].methods : "none");
                assert_int_equal(world_n_findings(w, FINDING_RESET_SHARED), rows[i].shared);
        }
}

static void a_sibling_that_stays(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        w->devices[1].reset_methods = (char *)"bus";
        assert_int_equal(world_finding(w, FINDING_RESET_SHARED, 0)->severity, SEVERITY_INFO);
        world_function(w, "0000:0c:01.0", 0x0280, "8086:2725", "iwlwifi", 13);
        w->changed = true;
        assert_message(w, FINDING_RESET_SHARED,
                       "GPU 0000:0c:00.0 (big) is reset only together with 0000:0c:00.1, "
                       "0000:0c:01.0: the kernel lists 'bus' for it, and refuses to do that to one "
                       "function");
        assert_int_equal(world_finding(w, FINDING_RESET_SHARED, 0)->severity, SEVERITY_WARNING);
}

static void what_does_not_answer(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_ON_DEMAND);

        w->devices[2].dead = true;
        assert_message(w, FINDING_DEVICE_DEAD,
                       "GPU 0000:0c:00.0 (big) does not answer: the config space of 0000:0c:00.1 "
                       "reads all ones");
        w->entries[0].role = ROLE_HOST; /* the host's own affair */
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_DEVICE_DEAD), 0);
}

static void framebuffers(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        w->devices[1].framebuffer = (char *)"simplefb";
        assert_int_equal(world_n_findings(w, FINDING_FRAMEBUFFER), 1);
        w->devices[1].driver = (char *)"nvidia"; /* vfio-pci will turn it out */
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_FRAMEBUFFER), 0);
        w->devices[1].class = PCI_CLASS_3D; /* but not there */
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_FRAMEBUFFER), 1);
}

static void suspend(void **state)
{
        _cleanup_world_ World *w = world_of(ROLE_PASSTHROUGH);

        assert_int_equal(world_n_findings(w, FINDING_HOST_CAN_SLEEP), 0);
        w->machine.can_sleep = true;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_HOST_CAN_SLEEP), 1);
        w->entries[0].role = ROLE_HOST;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_HOST_CAN_SLEEP), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reset_methods),
                cmocka_unit_test(a_sibling_that_stays),
                cmocka_unit_test(what_does_not_answer),
                cmocka_unit_test(framebuffers),
                cmocka_unit_test(suspend),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
