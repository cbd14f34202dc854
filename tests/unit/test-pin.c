// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/pin.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

_printf_(1, 2) static json_t *cpus_of(const char *format, ...)
{
        json_error_t error;
        char text[512];
        va_list ap;
        json_t *cpus;

        va_start(ap, format);
        (void)vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        cpus = json_loads(text, 0, &error);
        assert_non_null(cpus);
        return cpus;
}

static int pin(json_t *cpus, const RunRecord *record, size_t *ret_n, StrBuf *why)
{
        int r = pin_cpus(getpid(), cpus, record, ret_n, why);

        json_decref(cpus);
        return r;
}

/* The first CPU on which this may run at all. */
static uint32_t some_cpu(void)
{
        cpu_set_t set;
        uint32_t cpu = 0;

        assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
        while (!CPU_ISSET(cpu, &set))
                cpu++;
        return cpu;
}

/* In a child, for it changes the affinity of this process. */
static void pinned(void **state)
{
        uint32_t cpu = some_cpu();
        HostCpus cpus = { .items = &cpu, .n = 1 };
        const RunRecord record = { .cpus = &cpus, .n_cpus = 1 };
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
                _cleanup_str_buf_ StrBuf why = {};
                cpu_set_t set;
                size_t n;

                if (pin(cpus_of("[{\"cpu-index\": 0, \"thread-id\": %d}]", getpid()), &record, &n,
                        &why) < 0 ||
                    n != 1 || sched_getaffinity(0, sizeof(set), &set) < 0)
                        _exit(1);
                _exit(CPU_COUNT(&set) == 1 && CPU_ISSET(cpu, &set) ? 0 : 2);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

static void refused(void **state)
{
        uint32_t cpu = some_cpu();
        HostCpus cpus = { .items = &cpu, .n = 1 };
        const RunRecord record = { .cpus = &cpus, .n_cpus = 1 };
        char *texts[8] = {};
        size_t count = 99;
        int r[] = {
                asprintf(&texts[0], "[{\"cpu-index\": 0, \"thread-id\": %d}]", getppid()),
                asprintf(&texts[1], "[{\"cpu-index\": 1, \"thread-id\": %d}]", getpid()),
                asprintf(&texts[2], "[{\"cpu-index\": -1, \"thread-id\": %d}]", getpid()),
                asprintf(&texts[3], "[{\"cpu-index\": 0, \"thread-id\": %lld}]",
                         (1LL << 32) + getpid()),
                asprintf(&texts[4], "[{\"cpu-index\": 0, \"thread-id\": \"1\"}]"),
                asprintf(&texts[5], "[5]"),
                asprintf(&texts[6], "[]"),
                asprintf(&texts[7], "{\"a\": 1}"),
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_str_buf_ StrBuf why = {};

                print_message("# %s\n", texts[i]);
                assert_true(r[i] > 0);
                assert_int_equal(pin(cpus_of("%s", texts[i]), &record, &count, &why), -EBADMSG);
                assert_true(why.len > 0);
                free(texts[i]);
        }
        assert_int_equal(count, 99);
}

static void not_pinned(void **state)
{
        const RunRecord record = {};
        _cleanup_str_buf_ StrBuf why = {};
        size_t n;

        /* Whose threads they are does not matter then. */
        assert_int_equal(pin(cpus_of("[{}, {}]"), &record, &n, &why), 0);
        assert_int_equal(n, 2);
}

static void no_such_cpu(void **state)
{
        uint32_t cpu = 65535;
        HostCpus cpus = { .items = &cpu, .n = 1 };
        const RunRecord record = { .cpus = &cpus, .n_cpus = 1 };
        _cleanup_str_buf_ StrBuf why = {};
        size_t n;

        assert_int_equal(pin(cpus_of("[{\"cpu-index\": 0, \"thread-id\": %d}]", getpid()), &record,
                             &n, &why),
                         -EINVAL);
        assert_string_equal(str_buf_get(&why), "cannot pin CPU 0 of the machine: Invalid argument");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pinned),
                cmocka_unit_test(refused),
                cmocka_unit_test(not_pinned),
                cmocka_unit_test(no_such_cpu),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
