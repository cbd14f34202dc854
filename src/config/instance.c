// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/instance.h"

#include "util/str.h"

enum { VM_CPU_CORES = 2, VM_MEMORY_MB = 2048 };

Instance *instance_new(InstanceKind kind, const char *name, const char *file)
{
        _cleanup_(instance_freep) Instance *instance = malloc(sizeof(Instance));

        if (!instance)
                return NULL;
        object_init(&instance_table, instance);
        instance->kind = kind;
        instance->valid = true;
        instance->name = strdup(name);
        instance->file = strdup(file);
        if (!instance->name || !instance->file)
                return NULL;
        if (kind == INSTANCE_VM) {
                instance->resources.cpu_cores = VM_CPU_CORES;
                instance->resources.memory_mb = VM_MEMORY_MB;
        }
        return TAKE_PTR(instance);
}

Instance *instance_free(Instance *instance)
{
        if (!instance)
                return NULL;
        object_done(&instance_table, instance);
        free(instance->name);
        free(instance->file);
        free(instance);
        return NULL;
}

KeyKinds instance_key_kind(const Instance *instance)
{
        static const KeyKinds kinds[] = {
                [INSTANCE_VM] = KEY_VM,
                [INSTANCE_CONTAINER] = KEY_CONTAINER,
                [INSTANCE_PROFILE] = KEY_PROFILE,
        };

        return kinds[instance->kind];
}

static void drop_object(Instance *instance, const KeyTable *table, void *member)
{
        object_done(table, member);
        object_init(table, member);
        object_forget(&instance_table, instance, member);
}

int instance_merge(Instance *instance, const Instance *other)
{
        /* One boots the machine instead of the other: what is said later counts. */
        if (object_has(&instance_table, other, &other->kernel))
                drop_object(instance, &firmware_table, &instance->firmware);
        if (object_has(&instance_table, other, &other->firmware))
                drop_object(instance, &kernel_table, &instance->kernel);
        return object_merge(&instance_table, instance, other, instance_key_kind(instance));
}

/* Replica number 2 has the port after that of number 1. Where there is none, it is not valid. */
static void shift_ports(PortList *ports, uint32_t by)
{
        for (size_t i = 0; i < ports->n; i++)
                if (ports->items[i].host_port + by <= UINT16_MAX)
                        ports->items[i].host_port = (uint16_t)(ports->items[i].host_port + by);
}

int instance_replica(const Instance *declaration, uint32_t number, Instance **ret)
{
        _cleanup_free_ char *name = format_string("%s-%u", declaration->name, number);
        _cleanup_(instance_freep) Instance *replica = NULL;
        int r;

        if (!name)
                return -ENOMEM;
        replica = instance_new(declaration->kind, name, declaration->file);
        if (!replica)
                return -ENOMEM;
        r = object_merge(&instance_table, replica, declaration, instance_key_kind(declaration));
        if (r < 0)
                return r;
        shift_ports(&replica->ports, number - 1);
        for (size_t i = 0; i < replica->n_networks; i++)
                shift_ports(&replica->networks[i].ports, number - 1);
        object_forget(&instance_table, replica, &replica->replicas);
        replica->valid = declaration->valid;
        replica->has_replicas = true;
        replica->replicas = declaration->replicas;
        replica->replica = number;
        *ret = TAKE_PTR(replica);
        return 0;
}
