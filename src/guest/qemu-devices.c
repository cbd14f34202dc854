// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/qemu.h"

static void monitor(Qemu *q)
{
        Option option = option_begin(&q->words, "-chardev", "socket");

        option_text(&option, "id", "qmp");
        option_number(&option, "fd", VMM_FD_QMP);
        option_end(&option);
        option = option_begin(&q->words, "-mon", NULL);
        option_text(&option, "chardev", "qmp");
        option_text(&option, "mode", "control");
        option_end(&option);
}

static void console(Qemu *q)
{
        Option option = option_begin(&q->words, "-chardev", "socket");

        option_text(&option, "id", "console");
        option_text(&option, "path", q->start->console);
        option_switch(&option, "server", true);
        option_switch(&option, "wait", false);
        option_end(&option);
        option = option_begin(&q->words, "-device", "isa-serial");
        option_text(&option, "chardev", "console");
        option_end(&option);
}

static void random_numbers(Qemu *q)
{
        Option option = option_begin(&q->words, "-object", "rng-builtin");

        option_text(&option, "id", "random");
        option_end(&option);
        option = qemu_virtio(q, "virtio-rng-pci", PLACE_SYSTEM, SYSTEM_RNG);
        option_text(&option, "rng", "random");
        option_end(&option);
}

/* By it a guest that panics is told from one that stops. */
static void panic(Qemu *q)
{
        Option option = option_begin(&q->words, "-device", "pvpanic-pci");

        qemu_place(&option, PLACE_SYSTEM, SYSTEM_PANIC);
        option_end(&option);
}

static void vsock(Qemu *q)
{
        Option option = qemu_virtio(q, "vhost-vsock-pci", PLACE_SYSTEM, SYSTEM_VSOCK);

        option_number(&option, "guest-cid", q->start->vsock_cid);
        if (q->start->vsock_fd >= 0)
                option_number(&option, "vhostfd", (uint64_t)q->start->vsock_fd);
        option_end(&option);
}

void qemu_devices(Qemu *q)
{
        monitor(q);
        if (q->start->console)
                console(q);
        random_numbers(q);
        panic(q);
        if (q->start->vsock_cid)
                vsock(q);
}
