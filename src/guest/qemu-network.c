// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/qemu.h"

/* QEMU forwards from IPv4 alone. */
static void forward(Option *netdev, const PortForward *port)
{
        if (port->host_address && strchr(port->host_address, ':'))
                words_fail(netdev->words, -EAFNOSUPPORT);
        option_format(netdev, "hostfwd", "%s:%s:%u-:%u", port->udp ? "udp" : "tcp",
                      port->host_address ? port->host_address : "", port->host_port,
                      port->guest_port);
}

static void user(Qemu *q, size_t i)
{
        const PortList *ports = &q->instance->networks[i].ports;
        Option netdev = option_begin(&q->words, "-netdev", "user");

        option_format(&netdev, "id", "net%zu", i);
        for (size_t k = 0; k < ports->n; k++)
                forward(&netdev, ports->items + k);
        option_end(&netdev);
}

/* Both a bridge and a tap: whose interface it is was settled when it was opened. */
static void tap(Qemu *q, size_t i)
{
        const StartNetwork *network = q->start->networks + i;
        Option netdev = option_begin(&q->words, "-netdev", "tap");

        if (network->fd < 0)
                words_fail(&q->words, -EINVAL);
        option_format(&netdev, "id", "net%zu", i);
        option_format(&netdev, "fd", "%d", network->fd);
        if (network->vhost_fd >= 0) {
                option_switch(&netdev, "vhost", true);
                option_number(&netdev, "vhostfd", (uint64_t)network->vhost_fd);
        }
        option_end(&netdev);
}

/* The `nth` card, of the i-th network. Those without a card leave no gap: a slot whose function 0 is
 * missing is not looked at. */
static void card(Qemu *q, size_t i, size_t nth)
{
        Option device = qemu_virtio(q, "virtio-net-pci", PLACE_NETWORK, nth);
        char mac[GUEST_MAC_MAX];

        option_format(&device, "netdev", "net%zu", i);
        option_text(&device, "mac", guest_mac(q->instance, q->start, i, mac));
        option_text(&device, "romfile", ""); /* it boots from its disks and from nowhere else */
        option_end(&device);
}

void qemu_networks(Qemu *q)
{
        static void (*const back_ends[])(Qemu *q, size_t i) = {
                [NETWORK_USER] = user,
                [NETWORK_BRIDGE] = tap,
                [NETWORK_TAP] = tap,
                [NETWORK_NONE] = NULL,
        };
        size_t cards = 0;

        for (size_t i = 0; i < q->start->n_networks; i++) {
                void (*back_end)(Qemu *, size_t) = back_ends[q->instance->networks[i].type];

                if (!back_end)
                        continue;
                back_end(q, i);
                card(q, i, cards++);
        }
}
