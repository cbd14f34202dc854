// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

static World *world_failed(Prepared *p)
{
        World *w = world_new();

        world_console(w);
        world_gpu(w, "0000:0c:00.0")->driver = (char *)"nvidia";
        world_entry(w, ROLE_PASSTHROUGH, "big", "0000:0c:00.0");
        *p = (Prepared){ .role = (char *)"passthrough",
                         .has_address = true,
                         .address = address_of("0000:0c:00.0"),
                         .result = PREPARED_FAILED,
                         .message = (char *)"its driver is nvidia, and not vfio-pci" };
        w->machine.prepared = (PreparedList){ .items = p, .n = 1 };
        return w;
}

static void a_failure_is_told(void **state)
{
        Prepared p;
        _cleanup_world_ World *w = world_failed(&p);

        assert_message(w, FINDING_ROLE_FAILED,
                       "GPU 0000:0c:00.0 (big) could not be prepared as passthrough: its driver is "
                       "nvidia, and not vfio-pci");
        assert_string_equal(world_gpu_plan(w, "0000:0c:00.0")->failure, p.message);
}

static void what_is_out_of_date_is_not(void **state)
{
        Prepared p;
        _cleanup_world_ World *w = world_failed(&p);

        p.result = PREPARED_READY;
        assert_int_equal(world_n_findings(w, FINDING_ROLE_FAILED), 0);
        p.result = PREPARED_FAILED;
        w->entries[0].role = ROLE_ON_DEMAND;
        w->changed = true;
        assert_int_equal(world_n_findings(w, FINDING_ROLE_FAILED), 0);
        assert_null(world_gpu_plan(w, "0000:0c:00.0")->failure);
}

static void huge_pages(void **state)
{
        Hugepages pages = { .size = UINT64_C(2) << 20, .count = 8, .node = -1 };
        Prepared p;
        _cleanup_world_ World *w = world_failed(&p);

        p = (Prepared){ .role = (char *)"hugepages", .result = PREPARED_FAILED };
        assert_int_equal(world_n_findings(w, FINDING_ROLE_FAILED),
                         0); /* none are declared any more */
        w->config.host.hugepages = &pages;
        w->config.host.n_hugepages = 1;
        w->changed = true;
        assert_message(w, FINDING_ROLE_FAILED,
                       "huge pages could not be prepared: the journal tells why");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_failure_is_told),
                cmocka_unit_test(what_is_out_of_date_is_not),
                cmocka_unit_test(huge_pages),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
