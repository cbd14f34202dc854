// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/qemu.h"

#include "guest/identity.h"

enum { MOST_PREALLOC_THREADS = 16 };

/* Nothing but what stands on the command line: no configuration of QEMU's own, no devices that it thinks
 * a machine should have, and no system call that a running VM has no use for. */
static void isolation(Qemu *q)
{
        Option sandbox;

        words_add_word(&q->words, "-nodefaults");
        words_add_word(&q->words, "-no-user-config");
        sandbox = option_begin(&q->words, "-sandbox", "on");
        option_text(&sandbox, "obsolete", "deny");
        option_text(&sandbox, "elevateprivileges", "deny");
        option_text(&sandbox, "spawn", "deny");
        option_text(&sandbox, "resourcecontrol", "deny");
        option_end(&sandbox);
        words_add_text(&q->words, "-display", "none");
}

static void identity(Qemu *q)
{
        Option name = option_begin(&q->words, "-name", NULL);
        char uuid[GUEST_UUID_MAX];

        option_text(&name, "guest", q->instance->name);
        option_switch(&name, "debug-threads", true);
        option_end(&name);
        words_add_text(&q->words, "-uuid", identity_uuid(q->instance, q->start, uuid));
}

static void board(Qemu *q)
{
        const StartFirmware *firmware = &q->start->firmware;
        Option machine = option_begin(&q->words, "-machine", "q35");

        option_switch(&machine, "smm", firmware->smm);
        option_switch(&machine, "vmport", false);
        option_switch(&machine, "dump-guest-core", false);
        option_text(&machine, "memory-backend", "memory");
        if (firmware->code)
                option_text(&machine, "pflash0", "firmware");
        if (firmware->code && firmware->vars)
                option_text(&machine, "pflash1", "nvram");
        option_end(&machine);
}

static void accelerator(Qemu *q)
{
        words_add_text(&q->words, "-accel",
                       enum_to_string(&accel_table, (int)q->instance->machine.accel));
}

static void processor(Qemu *q)
{
        const MachineConfig *machine = &q->instance->machine;
        const char *model = machine->cpu                  ? machine->cpu
                            : machine->accel == ACCEL_TCG ? "max"
                                                          : "host";
        Option cpu = option_begin(&q->words, "-cpu", model), smp;

        if (machine->hide_hypervisor)
                option_switch(&cpu, "kvm", false);
        option_end(&cpu);
        smp = option_begin(&q->words, "-smp", NULL);
        option_number(&smp, "cpus", q->instance->resources.cpu_cores);
        option_number(&smp, "sockets", 1);
        option_number(&smp, "cores", q->instance->resources.cpu_cores);
        option_number(&smp, "threads", 1);
        option_end(&smp);
}

void qemu_machine(Qemu *q)
{
        identity(q);
        board(q);
        accelerator(q);
        processor(q);
        isolation(q);
}

/* Ordinary memory can be made of transparent huge pages, which a memfd mostly is not; what another
 * process has to see, or comes from the pool of huge pages, needs a file. */
static const char *memory_backend(const Qemu *q)
{
        return q->instance->n_shares > 0 || q->instance->resources.hugepages
                       ? "memory-backend-memfd"
                       : "memory-backend-ram";
}

/* The CPUs that wait for the memory anyway clear it. */
static void add_prealloc(Option *backend, uint32_t cpus)
{
        option_switch(backend, "prealloc", true);
        option_number(backend, "prealloc-threads",
                      cpus < MOST_PREALLOC_THREADS ? cpus : MOST_PREALLOC_THREADS);
}

void qemu_memory(Qemu *q)
{
        const Resources *resources = &q->instance->resources;
        Option backend = option_begin(&q->words, "-object", memory_backend(q));
        Option memory;

        option_text(&backend, "id", "memory");
        option_format(&backend, "size", "%lluM", (unsigned long long)resources->memory_mb);
        option_switch(&backend, "share", q->instance->n_shares > 0);
        if (resources->hugepages) {
                option_switch(&backend, "hugetlb", true);
                option_number(&backend, "hugetlbsize", resources->hugepages);
        }
        if (resources->hugepages || q->start->prealloc)
                add_prealloc(&backend, resources->cpu_cores);
        if (q->start->numa_node >= 0) {
                option_number(&backend, "host-nodes", (uint64_t)q->start->numa_node);
                option_text(&backend, "policy", "bind");
        }
        option_end(&backend);
        memory = option_begin(&q->words, "-m", NULL);
        option_format(&memory, "size", "%lluM", (unsigned long long)resources->memory_mb);
        option_end(&memory);
}
