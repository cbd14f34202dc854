// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/running.h"

#include "host.h"

#define SLICE  "sys/fs/cgroup/system.slice/system-gpu\\\\x2dvm.slice/"
#define FIELDS " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "

static void what_has_processes_runs(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text(
                "f proc/77/stat 0444 \"77 (a) b (c)" FIELDS "12345 0\\n\"\n"
                "f proc/78/stat 0444 \"78 (torn\"\n"
                "f proc/uptime 0444 \"4000.12 99.0\\n\"\n"
                "f " SLICE "gpu-vm@ended.service/cgroup.procs 0444 \"\"\n"
                "f " SLICE "gpu-vm@first.service/cgroup.procs 0444 \"77\\n78\\n\"\n"
                "f " SLICE "gpu-vm@first.service/memory.current 0444 \"1048576\\n\"\n"
                "f " SLICE "gpu-vm@second.service/cgroup.procs 0444 \"78\\n\"\n"
                "f " SLICE "gpu-vm@second.service/memory.current 0444 \"much\\n\"\n"
                "f " SLICE "other.service/cgroup.procs 0444 \"77\\n\"\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_RUNNING, NULL, &m), 0);
        assert_int_equal(m.n_running, 2);
        assert_string_equal(m.running[0].instance, "first");
        assert_int_equal(m.running[0].memory, 1048576);
        assert_int_equal(m.running[0].seconds, 4000 - 123);
        assert_string_equal(m.running[1].instance, "second");
        assert_int_equal(m.running[1].memory, 0);
        assert_int_equal(m.running[1].seconds, 0);
        assert_int_equal(m.unseen.n, 0);
}

static void without_control_groups_nothing_is_known(void **state)
{
        _cleanup_test_root_ TestRoot t = test_root_text("d sys/fs/cgroup\n");
        _cleanup_machine_ Machine m = {};

        assert_int_equal(machine_read(t.root, MACHINE_RUNNING, NULL, &m), 0);
        assert_int_equal(m.n_running, 0);
        assert_int_equal(m.unseen.n, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_has_processes_runs),
                cmocka_unit_test(without_control_groups_nothing_is_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
