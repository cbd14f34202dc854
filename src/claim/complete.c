// SPDX-License-Identifier: LGPL-2.1-or-later
#include <netinet/in.h>
#include <sys/socket.h>

#include "claim/start.h"
#include "util/fd.h"

/* What a file leaves open: its own name in values, and the network that a guest has where none is said. A
 * port of the host is 0 until one is chosen. */

static int expand(const Stage *s, char **text)
{
        char *full;

        if (!*text)
                return 0;
        full = instance_expand(s->name, *text);
        if (!full)
                return -ENOMEM;
        free(*text);
        *text = full;
        return 0;
}

static int expand_all(const Stage *s, Instance *instance)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < instance->n_disks; i++) {
                r = expand(s, &instance->disks[i].source);
                if (r >= 0)
                        r = expand(s, &instance->disks[i].backing.source);
        }
        for (size_t i = 0; r >= 0 && i < instance->n_networks; i++) {
                r = expand(s, &instance->networks[i].tap);
                if (r >= 0)
                        r = expand(s, &instance->networks[i].address);
        }
        return r;
}

/* One that is free now: QEMU is told a number. */
static int find_free_port(uint16_t *ret)
{
        struct sockaddr_in address = { .sin_family = AF_INET,
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t n = sizeof(address);
        _cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || bind(fd, (struct sockaddr *)(void *)&address, sizeof(address)) < 0 ||
            getsockname(fd, (struct sockaddr *)(void *)&address, &n) < 0)
                return -errno;
        *ret = ntohs(address.sin_port);
        return 0;
}

/* For a health check, which only this host asks. */
static int forward(Network *n, uint16_t guest_port)
{
        PortForward port = { .guest_port = guest_port };

        port.host_address = strdup("127.0.0.1");
        n->ports.items = calloc(1, sizeof(*n->ports.items));
        n->ports.origins = calloc(1, sizeof(*n->ports.origins));
        if (!port.host_address || !n->ports.items || !n->ports.origins) {
                free(port.host_address);
                return -ENOMEM;
        }
        n->ports.items[n->ports.n++] = port;
        return 0;
}

static int add_network(Instance *instance)
{
        const HealthCheck *check = &instance->health_check;

        instance->networks = calloc(1, sizeof(Network));
        if (!instance->networks)
                return -ENOMEM;
        instance->networks[instance->n_networks++] = (Network){ .type = NETWORK_USER };
        if (check->type == HEALTH_HTTP || check->type == HEALTH_TCP)
                return forward(instance->networks, check->port);
        return 0;
}

/* The configuration owns it. */
static Instance *own_instance(Stage *s)
{
        for (size_t i = 0; i < s->config.n_instances; i++)
                if (s->config.instances[i] == s->instance)
                        return s->config.instances[i];
        return NULL;
}

int complete_decide(Stage *s)
{
        Instance *instance = own_instance(s);
        int r = instance ? expand_all(s, instance) : -ENOENT;

        return r < 0 || instance->n_networks > 0 ? r : add_network(instance);
}

int complete_ports(Stage *s)
{
        Instance *instance = own_instance(s);
        int r = instance ? 0 : -ENOENT;

        for (size_t i = 0; r >= 0 && i < instance->n_networks; i++) {
                PortList *ports = &instance->networks[i].ports;

                for (size_t k = 0; r >= 0 && k < ports->n; k++)
                        if (ports->items[k].host_port == 0)
                                r = find_free_port(&ports->items[k].host_port);
        }
        return r < 0 ? refuse_error(s, r, "cannot find a port for its health check") : 0;
}
