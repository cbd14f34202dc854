// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * A host with a card and a boot loader that a command configures from two files, for tests of journal/:
 * what a program does to it, and what it looks like then. boot/ and commands are stood in for.
 */

#include "fake-kernel.h"
#include "journal/execute.h"
#include "unit.h"

#define GPU     "0000:01:00.0"
#define AUDIO   "0000:01:00.1"
#define DROP_IN "etc/default/grub.d/zz-gpuhost.cfg"
#define WORDS   "var/lib/gpuhost/kernel-arguments"
#define MENU    "boot/grub/grub.cfg"
#define D3COLD  "sys/bus/pci/devices/" GPU "/d3cold_allowed"

typedef struct Host {
        FakeKernel *k;
        Machine machine;
        PciDevice devices[2];
        const PciDevice *companions[1];
        Protection protection;
        GpuEntry entry;
        GpuPlan gpu;
        Step steps[5];
        Plan plan;
        StrList commands; /* that have run */
        int status;       /* of commands */
} Host;

Host *host_new(void);
void host_free(Host *h);
int host_setup(void **state);
int host_teardown(void **state);
#define HOST_TEST(f) cmocka_unit_test_setup_teardown(f, host_setup, host_teardown)

/* As a program does it: the lock, the journal, the work. 1 where an outcome is bad. */
typedef int (*Action)(Executor *e);
int act(Host *h, Action action, OutcomeList *ret);
int apply(Executor *e);
int revert(Executor *e);

/* Every file and link, but for what gpuhost keeps for itself and what is only written to. */
char *look(const Host *h);
void assert_looks(const Host *h, const char *expected, const char *when, unsigned n);
void assert_journal_gone(const Host *h);
