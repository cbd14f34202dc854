// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/lock.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake-kernel.h"
#include "unit.h"
#include "util/fd.h"

static int setup(void **state)
{
        FakeKernel *k = fake_kernel_new();

        fake_put(k, "run/.none", "");
        *state = k;
        return 0;
}

static int teardown(void **state)
{
        fake_kernel_free(*state);
        return 0;
}

static void lock_is_for_one(void **state)
{
        FakeKernel *k = *state;
        int ready[2], done[2], lock = -EBADF, status;
        pid_t pid, holder = 0;
        char c;

        assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
        assert_int_equal(pipe2(done, O_CLOEXEC), 0);
        pid = fork();
        if (pid == 0) {
                if (host_lock(k->root, LOCK_OF_CHANGES, 0, &lock, &holder) < 0)
                        _exit(1);
                (void)!write(ready[1], "x", 1);
                (void)!read(done[0], &c, 1);
                _exit(0);
        }
        assert_int_equal(read(ready[0], &c, 1), 1);
        assert_int_equal(host_lock(k->root, LOCK_OF_CHANGES, 1000, &lock, &holder), -EBUSY);
        assert_int_equal(holder, pid);
        assert_int_equal(write(done[1], "x", 1), 1);
        assert_int_equal(host_lock(k->root, LOCK_OF_CHANGES, 60 * 1000 * 1000, &lock, &holder), 0);
        (void)safe_close(lock);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        for (size_t i = 0; i < 2; i++) {
                (void)safe_close(ready[i]);
                (void)safe_close(done[i]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(lock_is_for_one, setup, teardown),
        };

        return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
