// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>

#include "config/cpu-list.h"
#include "config/instance.h"
#include "config/url.h"
#include "util/near.h"
#include "util/parse.h"
#include "util/str.h"

/* Rules between keys that may come from several files, so that they hold only when all is merged. */

typedef struct Check {
        Instance *instance;
        Diag *diag;
        const HostConfig *host;
} Check;

static DiagItem *tell(const Check *c, Origin origin, const char *format, ...) _printf_(3, 4);
static DiagItem *tell(const Check *c, Origin origin, const char *format, ...)
{
        DiagItem *item;
        va_list ap;

        c->instance->valid = false;
        va_start(ap, format);
        item = diag_add_v(c->diag, SEVERITY_ERROR, "config-schema", origin, format, ap);
        va_end(ap);
        return item;
}

/* Where a key of the instance stands, or the file. */
static Origin key_origin(const Instance *instance, const void *member)
{
        const Origin *origin = object_origin(&instance_table, instance, member);

        return origin ? *origin : (Origin){ .file = instance->file };
}

static Origin inner_origin(const Instance *instance, const KeyTable *table, const void *object,
                           const void *member)
{
        const Origin *origin = object_origin(table, object, member);

        return origin ? *origin : key_origin(instance, object);
}

static void check_resources(const Check *c)
{
        const Resources *resources = &c->instance->resources;
        unsigned n;

        if (resources->hugepages && (resources->memory_mb << 20) % resources->hugepages != 0) {
                char buf[FORMAT_SIZE_MAX];

                (void)tell(c,
                           inner_origin(c->instance, &resources_table, resources,
                                        &resources->memory_mb),
                           "memory_mb: %" PRIu64 " MiB are no whole number of pages of %s",
                           resources->memory_mb, format_size(resources->hugepages, buf));
        }
        if (resources->cpu_pinning.mode == PINNING_LIST && resources->cpu_pinning.cpus &&
            cpu_list_count(resources->cpu_pinning.cpus, &n) >= 0 && n < resources->cpu_cores)
                (void)tell(c,
                           inner_origin(c->instance, &resources_table, resources,
                                        &resources->cpu_pinning),
                           "cpu_pinning names %u CPUs for cpu_cores: %u", n, resources->cpu_cores);
}

static bool addresses_overlap(const char *a, const char *b)
{
        return !a || !b || streq(a, b);
}

static const PortForward *forward_of(const PortList *ports, size_t i, Origin *ret_origin)
{
        *ret_origin = ports->origins[i];
        return ports->items + i;
}

const PortForward *instance_forward(const Instance *instance, size_t i, Origin *ret_origin)
{
        if (i < instance->ports.n)
                return forward_of(&instance->ports, i, ret_origin);
        i -= instance->ports.n;
        for (size_t k = 0; k < instance->n_networks; k++) {
                const PortList *ports = &instance->networks[k].ports;

                if (i < ports->n)
                        return forward_of(ports, i, ret_origin);
                i -= ports->n;
        }
        return NULL;
}

bool forwards_clash(const PortForward *a, const PortForward *b)
{
        return a->host_port == b->host_port && a->udp == b->udp &&
               addresses_overlap(a->host_address, b->host_address);
}

static void check_ports(const Check *c)
{
        const PortForward *a, *b;
        Origin at, first;

        for (size_t i = 0; (a = instance_forward(c->instance, i, &at)); i++)
                for (size_t j = 0; j < i; j++) {
                        b = instance_forward(c->instance, j, &first);
                        if (!forwards_clash(a, b))
                                continue;
                        (void)tell(c, at, "port %u of the host is forwarded twice; first in %s:%u",
                                   a->host_port, first.file, first.line);
                        break;
                }
}

static void check_shares(const Check *c)
{
        for (size_t i = 0; i < c->instance->n_shares; i++)
                for (size_t j = 0; j < i; j++) {
                        const Share *share = c->instance->shares + i,
                                    *first = c->instance->shares + j;

                        if (!streq(share->tag, first->tag))
                                continue;
                        (void)tell(c, share->origin, "two shares have the tag '%s'; first in %s:%u",
                                   share->tag, first->origin.file, first->origin.line);
                        break;
                }
}

static void check_volumes(const Check *c)
{
        for (size_t i = 0; i < c->instance->n_storage_volumes; i++) {
                const Volume *volume = c->instance->storage_volumes + i;

                if (!volume->path)
                        diag_hint(tell(c, volume->origin, "volume '%s' needs 'path'", volume->name),
                                  "path: where the container sees it");
        }
}

static void check_shifted(const Check *c, const PortList *ports)
{
        for (size_t i = 0; i < ports->n; i++)
                if (ports->items[i].host_port + c->instance->replicas - 1 > UINT16_MAX)
                        diag_hint(tell(c, ports->origins[i],
                                       "port %u of the host has no room for %u replicas",
                                       ports->items[i].host_port, c->instance->replicas),
                                  "each replica takes the next port; the last is 65535");
}

static void check_replica_disks(const Check *c)
{
        for (size_t i = 0; i < c->instance->n_disks; i++) {
                const Disk *disk = c->instance->disks + i;

                if (!disk->readonly && !strstr(disk->source, "%i"))
                        diag_hint(tell(c, disk->origin, "%u replicas would write to one disk, %s",
                                       c->instance->replicas, disk->source),
                                  "put %%i into its source, or write readonly: true");
        }
}

static void check_replica_networks(const Check *c)
{
        for (size_t i = 0; i < c->instance->n_networks; i++) {
                const Network *network = c->instance->networks + i;

                check_shifted(c, &network->ports);
                if (network->tap && !strstr(network->tap, "%i"))
                        diag_hint(tell(c, network->origin, "%u replicas would share one tap, %s",
                                       c->instance->replicas, network->tap),
                                  "put %%i into its name");
                if (network->mac)
                        diag_hint(tell(c, network->origin, "%u replicas would have one MAC address",
                                       c->instance->replicas),
                                  "leave it out: each gets its own, made from its name");
        }
}

static void check_replicas(const Check *c)
{
        Instance *instance = c->instance;
        char last[16];
        int digits;

        if (!instance->has_replicas)
                return;
        digits = snprintf(last, sizeof(last), "-%u", instance->replicas);
        if (strlen(instance->name) + (size_t)digits > INSTANCE_NAME_MAX) {
                diag_hint(tell(c, key_origin(instance, &instance->replicas),
                               "the name '%s%s' is longer than %d characters", instance->name, last,
                               INSTANCE_NAME_MAX),
                          "rename the file, or make fewer replicas");
                instance->has_replicas = false;
        }
        if (instance->replicas < 2)
                return;
        check_replica_disks(c);
        check_shifted(c, &instance->ports);
        check_replica_networks(c);
}

static bool forwards_to(const PortList *ports, uint16_t guest_port)
{
        for (size_t i = 0; i < ports->n; i++)
                if (ports->items[i].guest_port == guest_port && !ports->items[i].udp)
                        return true;
        return false;
}

static void tell_not_forwarded(const Check *c, uint16_t port)
{
        const HealthCheck *check = &c->instance->health_check;

        diag_hint(tell(c, inner_origin(c->instance, &health_check_table, check, &check->port),
                       "health_check asks on port %u, which no port of the host leads to", port),
                  "add \"%u:%u\" to ports", port, port);
}

/* Without networks there is one of type user, and who makes it knows of the check. */
static void check_vm_reach(const Check *c, uint16_t port)
{
        const Instance *instance = c->instance;
        const Network *silent = NULL;
        bool user = false;

        for (size_t i = 0; i < instance->n_networks; i++) {
                const Network *network = instance->networks + i;

                if (network->address || forwards_to(&network->ports, port))
                        return;
                user = user || network->type == NETWORK_USER;
                if (network->type == NETWORK_BRIDGE || network->type == NETWORK_TAP)
                        silent = network;
        }
        if (instance->n_networks == 0)
                return;
        if (silent)
                diag_hint(
                        tell(c, silent->origin, "health_check needs the 'address' of this network"),
                        "address: where health checks find the guest");
        else if (user)
                tell_not_forwarded(c, port);
        else
                (void)tell(c, key_origin(instance, &instance->health_check),
                           "health_check has no network to ask on");
}

/* nspawn's containers share the host's network. */
static void check_reach(const Check *c, uint16_t port)
{
        const Instance *instance = c->instance;

        if (instance->kind == INSTANCE_VM)
                check_vm_reach(c, port);
        else if (instance->engine == ENGINE_PODMAN && !forwards_to(&instance->ports, port))
                tell_not_forwarded(c, port);
}

static void check_health(const Check *c)
{
        Instance *instance = c->instance;
        HealthCheck *check = &instance->health_check;

        if (check->type != HEALTH_HTTP && check->type != HEALTH_TCP)
                return;
        if (check->port || (instance->workload.base_url &&
                            url_port(instance->workload.base_url, &check->port) >= 0))
                check_reach(c, check->port);
        else
                diag_hint(tell(c, key_origin(instance, check), "health_check needs a port"),
                          "port: the guest's port, or workload: {base_url: …}");
}

static bool names_entry(const HostConfig *host, Near *near)
{
        for (size_t i = 0; i < host->n_gpus; i++) {
                const char *name = host->gpus[i].name;

                if (!name)
                        continue;
                if (streq(name, near->word))
                        return true;
                near_offer(near, name);
        }
        return false;
}

/* Only of what is left after merging: what a profile names may have been replaced. */
static void check_gpu_names(const Check *c)
{
        const GpuRequestList *gpus = &c->instance->gpu;

        for (size_t i = 0; i < gpus->n; i++) {
                const GpuRequest *request = gpus->items + i;
                Near near = { .word = request->name };
                const Origin *origin;
                PciAddress address;
                DiagItem *item;

                if (!request->name || pci_address_parse(request->name, &address) >= 0 ||
                    names_entry(c->host, &near))
                        continue;
                origin = object_origin(&gpu_request_table, request, &request->name);
                c->instance->valid = false;
                item = diag_add(c->diag, SEVERITY_ERROR, "config-reference", *origin,
                                "no gpus: entry is named '%s'", request->name);
                if (near.best)
                        diag_hint(item, "did you mean '%s'?", near.best);
        }
}

int instance_validate(Instance *instance, const HostConfig *host, Diag *diag)
{
        const Check c = { instance, diag, host };

        if (host)
                check_gpu_names(&c);
        if (!instance->valid)
                return diag->failed ? -ENOMEM : 0; /* what follows would only echo it */
        check_resources(&c);
        check_ports(&c);
        check_shares(&c);
        check_volumes(&c);
        check_replicas(&c);
        check_health(&c);
        return diag->failed ? -ENOMEM : 0;
}
