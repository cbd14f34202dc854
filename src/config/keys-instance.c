// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/tables.h"

/* What VMs and containers have in common, and the little that only containers have. */

/* clang-format off */
static const KeySpec devices_keys[] = {
        KEY(Devices, "pci_passthrough", pci_passthrough, type_addresses, KEY_OF_VM, "devices that are no GPUs and go to the VM"),
        KEY_LIST(Devices, "allowlist", gates, n_gates,   type_gates,     KEY_OF_VM, "what may go to the VM, beside the host's allowlist"),
};

static const KeySpec resources_keys[] = {
        KEY(Resources, "cpu_cores",   cpu_cores,   type_cpu_cores,   KEY_OF_ANY, "CPUs; a VM has two unless said"),
        KEY(Resources, "memory_mb",   memory_mb,   type_memory_mb,   KEY_OF_ANY, "memory in MiB; a VM has 2048 unless said"),
        KEY(Resources, "hugepages",   hugepages,   type_hugepages,   KEY_OF_VM,  "the size of its memory's pages"),
        KEY(Resources, "numa",        numa,        type_numa,        KEY_OF_ANY, "the node of its memory and CPUs; auto is its GPU's"),
        KEY(Resources, "cpu_pinning", cpu_pinning, type_cpu_pinning, KEY_OF_VM,  "the host's CPUs, one for each of its own"),
};

static const KeySpec health_check_keys[] = {
        KEY(HealthCheck, "type",        type,        type_health_kind,  KEY_OF_ANY, "http if there is an endpoint, tcp if there is a port, else running"),
        KEY(HealthCheck, "endpoint",    endpoint,    type_endpoint,     KEY_OF_ANY, "http: the path that is asked for; / unless said"),
        KEY(HealthCheck, "port",        port,        type_port,         KEY_OF_ANY, "http, tcp: the guest's port"),
        KEY(HealthCheck, "timeout_ms",  timeout_ms,  type_milliseconds, KEY_OF_ANY, "how long an answer may take; 30000 unless said"),
        KEY(HealthCheck, "interval_ms", interval_ms, type_milliseconds, KEY_OF_ANY, "how often it is asked; 10000 unless said"),
        KEY(HealthCheck, "retries",     retries,     type_retries,      KEY_OF_ANY, "how many answers may fail in a row; 3 unless said"),
};

static const KeySpec workload_keys[] = {
        KEY(Workload, "base_url", base_url, type_url, KEY_OF_ANY, "where health_check's port comes from when it says none"),
};

static const KeySpec volume_keys[] = {
        KEY(Volume, "size", size, type_size, KEY_OF_CONTAINER, "how large it may become"),
        KEY(Volume, "path", path, type_path, KEY_OF_CONTAINER, "where the container sees it"),
};

static const KeySpec mount_keys[] = {
        KEY_REQUIRED(Mount, "source", source, type_path, KEY_OF_CONTAINER, "the host's file or folder"),
        KEY_REQUIRED(Mount, "path",   path,   type_path, KEY_OF_CONTAINER, "where the container sees it"),
        KEY(Mount, "readonly",    readonly, type_bool, KEY_OF_CONTAINER, "the container can't write to it"),
};
/* clang-format on */

const KeyTable devices_table = {
        .what = "devices",
        .where = "devices:",
        TABLE_OF(Devices, devices_keys),
};
OBJECT_TYPE(type_devices, Devices, object_ops, "map",
            "a map such as {pci_passthrough: [\"0000:02:00.0\"]}", devices_table);

const KeyTable resources_table = {
        .what = "resources",
        .where = "resources:",
        TABLE_OF(Resources, resources_keys),
};
OBJECT_TYPE(type_resources, Resources, object_ops, "map",
            "a map such as {cpu_cores: 8, memory_mb: 16384}", resources_table);

/* Volant's checks have no type: what they hold tells it. */
static void settle_health_check(void *object)
{
        HealthCheck *check = object;

        if (object_has(&health_check_table, check, &check->type))
                return;
        check->type = check->endpoint ? HEALTH_HTTP : check->port ? HEALTH_TCP : HEALTH_RUNNING;
}

static int check_health_check(Reader *reader, const void *object, const Node *node)
{
        const HealthCheck *check = object;
        const char *type = enum_to_string(&health_type_table, (int)check->type);

        if (check->endpoint && check->type != HEALTH_HTTP)
                (void)reader_error(reader, node, "'endpoint' means nothing for a check of type %s",
                                   type);
        if (check->port && check->type != HEALTH_HTTP && check->type != HEALTH_TCP)
                (void)reader_error(reader, node, "'port' means nothing for a check of type %s",
                                   type);
        if (check->type == HEALTH_READY && reader->kind & KEY_CONTAINER)
                diag_hint(reader_error(reader, node, "a check of type ready is for VMs"),
                          "expected running, http or tcp");
        return 0;
}

const KeyTable health_check_table = {
        .what = "health_check",
        .where = "health_check:",
        TABLE_OF(HealthCheck, health_check_keys),
        .defaults =
                &(const HealthCheck){
                                     .timeout_ms = 30000,
                                     .interval_ms = 10000,
                                     .retries = 3,
                                     },
        .settle = settle_health_check,
        .check = check_health_check,
};
OBJECT_TYPE(type_health_check, HealthCheck, whole_ops, "map",
            "a map such as {type: http, endpoint: /health, port: 8000}", health_check_table);

static const char *const foreign_workload_keys[] = { "type", "entrypoint", "env", "workdir", NULL };

const KeyTable workload_table = {
        .what = "workload",
        .where = "workload:",
        TABLE_OF(Workload, workload_keys),
        .foreign = foreign_workload_keys,
};
OBJECT_TYPE(type_workload, Workload, object_ops, "map",
            "a map such as {base_url: \"http://127.0.0.1:8080\"}", workload_table);

const KeyTable volume_table = {
        .what = "a volume",
        .where = "storage_volumes:",
        TABLE_OF(Volume, volume_keys),
};

const KeyTable mount_table = {
        .what = "a mount",
        .where = "mounts:",
        TABLE_OF(Mount, mount_keys),
};
OBJECT_TYPE(type_mounts, Mount *, objects_ops, "list of mounts",
            "a list such as [{source: /srv/data, path: /data}]", mount_table);

/* clang-format off */
static const KeySpec instance_keys[] = {
        KEY(Instance, "description",  description,  type_line,         KEY_OF_ANY,      "a line for people"),
        KEY(Instance, "profiles",     profiles,     type_profiles,     KEY_OF_INSTANCE, "what is merged below this; [default] unless said"),
        KEY(Instance, "autostart",    autostart,    type_bool,         KEY_OF_ANY,      "start at boot"),
        KEY(Instance, "replicas",     replicas,     type_replicas,     KEY_OF_INSTANCE, "make NAME-1 to NAME-N of it"),
        KEY(Instance, "resources",    resources,    type_resources,    KEY_OF_ANY,      "CPUs and memory"),
        KEY(Instance, "gpu",          gpu,          type_gpu,          KEY_OF_ANY,      "the GPUs it asks for"),
        KEY(Instance, "devices",      devices,      type_devices,      KEY_OF_VM,       "other PCI devices, and what may be given"),
        KEY(Instance, "restart",      restart,      type_restart,      KEY_OF_ANY,      "when it is started again; never unless said"),
        KEY(Instance, "health_check", health_check, type_health_check, KEY_OF_ANY,      "how it is known to be well"),
        KEY(Instance, "workload",     workload,     type_workload,     KEY_OF_ANY,      "of Volant's manifest, only base_url is used"),
        KEY(Instance, "start_timeout", start_timeout, type_duration,   KEY_OF_ANY,      "how long a start may take; 90s unless said"),
        KEY(Instance, "stop_timeout", stop_timeout, type_duration,     KEY_OF_ANY,      "how long a stop may take before it is forced; 90s unless said"),

        KEY(Instance,      "machine",     machine,                type_machine,     KEY_OF_VM, "CPU model and accelerator"),
        KEY(Instance,      "firmware",    firmware,               type_firmware,    KEY_OF_VM, "UEFI or BIOS, and what belongs to it"),
        KEY(Instance,      "kernel",      kernel,                 type_kernel,      KEY_OF_VM, "boot a kernel instead of firmware"),
        KEY_LIST(Instance, "disks",       disks,    n_disks,      type_disks,       KEY_OF_VM, "its disks, the first one boots"),
        KEY_LIST(Instance, "networks",    networks, n_networks,   type_networks,    KEY_OF_VM, "its network cards"),
        KEY_LIST(Instance, "shares",      shares,   n_shares,     type_shares,      KEY_OF_VM, "folders of the host, by virtiofs"),
        KEY(Instance,      "cloud_init",  cloud_init,             type_cloud_init,  KEY_OF_VM, "a NoCloud seed"),
        KEY(Instance,      "credentials", credentials,            type_credentials, KEY_OF_VM, "systemd credentials: name and file"),

        KEY(Instance,      "engine",      engine,                 type_engine,      KEY_OF_CONTAINER, "podman unless said"),
        KEY(Instance,      "image",       image,                  type_image,       KEY_OF_CONTAINER, "what runs in it"),
        KEY(Instance,      "command",     command,                type_texts,       KEY_OF_CONTAINER, "instead of the image's own"),
        KEY(Instance,      "environment", environment,            type_environment, KEY_OF_CONTAINER, "its environment variables"),
        KEY(Instance,      "ports",       ports,                  type_ports,       KEY_OF_CONTAINER, "ports of the host that lead into it"),
        KEY_LIST(Instance, "storage_volumes", storage_volumes, n_storage_volumes, type_volumes, KEY_OF_CONTAINER, "storage that outlives it"),
        KEY_LIST(Instance, "mounts",      mounts,   n_mounts,     type_mounts,      KEY_OF_CONTAINER, "files and folders of the host"),
};
/* clang-format on */

static_assert(ARRAY_SIZE(instance_keys) <= 64, "Keys.set has a bit for each");

/* What else a manifest of Volant's plugins may hold at its top. */
static const char *const foreign_instance_keys[] = {
        "$schema", "schema_version", "name",    "version", "runtime",
        "enabled", "initramfs",      "rootfs",  "image",   "image_digest",
        "network", "actions",        "openapi", "labels",  NULL,
};

static void settle_instance(void *object)
{
        Instance *instance = object;

        instance->has_replicas = object_has(&instance_table, instance, &instance->replicas);
}

static int check_instance(Reader *reader, const void *object, const Node *node)
{
        const Instance *instance = object;

        if (object_has(&instance_table, instance, &instance->firmware) &&
            object_has(&instance_table, instance, &instance->kernel))
                diag_hint(reader_error(reader, node, "'firmware' and 'kernel' exclude each other"),
                          "a kernel boots without firmware: remove one of them");
        return 0;
}

#define SECONDS UINT64_C(1000000)

const KeyTable instance_table = {
        .what = "an instance",
        .where = "vm.d, container.d and profile.d",
        TABLE_OF(Instance, instance_keys),
        .defaults =
                &(const Instance){
                                  .replicas = 1,
                                  .start_timeout = 90 * SECONDS,
                                  .stop_timeout = 90 * SECONDS,
                                  },
        .foreign = foreign_instance_keys,
        .settle = settle_instance,
        .check = check_instance,
};
