// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/pin.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX_HOST_CPU = 65536 };

static int set_affinity(pid_t thread, const HostCpus *cpus)
{
        cpu_set_t *set = CPU_ALLOC(MAX_HOST_CPU);
        size_t size = CPU_ALLOC_SIZE(MAX_HOST_CPU);
        int r;

        if (!set)
                return -ENOMEM;
        CPU_ZERO_S(size, set);
        for (size_t i = 0; i < cpus->n; i++)
                CPU_SET_S(cpus->items[i], size, set);
        r = sched_setaffinity(thread, size, set) < 0 ? -errno : 0;
        CPU_FREE(set);
        return r;
}

static bool is_thread_of(pid_t pid, pid_t thread)
{
        return syscall(SYS_tgkill, pid, thread, 0) == 0;
}

static int pin_one(pid_t pid, const json_t *cpu, const RunRecord *record, StrBuf *why)
{
        json_int_t index = json_integer_value(json_object_get(cpu, "cpu-index"));
        json_int_t thread = json_integer_value(json_object_get(cpu, "thread-id"));
        int r;

        if (index < 0 || (size_t)index >= record->n_cpus || thread <= 0 || thread > INT32_MAX ||
            !is_thread_of(pid, (pid_t)thread)) {
                str_buf_add(why, "QEMU names CPUs that are none of the machine's");
                return -EBADMSG;
        }
        r = set_affinity((pid_t)thread, record->cpus + index);
        if (r < 0)
                str_buf_printf(why, "cannot pin CPU %d of the machine: %s", (int)index,
                               strerror(-r));
        return r;
}

int pin_cpus(pid_t pid, const json_t *cpus, const RunRecord *record, size_t *ret_n, StrBuf *why)
{
        size_t n = json_array_size(cpus);

        if (n == 0 || (record->n_cpus > 0 && n != record->n_cpus)) {
                str_buf_printf(why, "QEMU has %zu CPUs, %zu are to be pinned", n, record->n_cpus);
                return -EBADMSG;
        }
        for (size_t i = 0; record->n_cpus > 0 && i < n; i++) {
                int r = pin_one(pid, json_array_get(cpus, i), record, why);

                if (r < 0)
                        return r;
        }
        *ret_n = n;
        return 0;
}
