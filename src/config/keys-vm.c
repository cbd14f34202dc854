// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/tables.h"

/* Objects that only VMs have. */

/* clang-format off */
static const KeySpec machine_keys[] = {
        KEY(MachineConfig, "accel",           accel,           type_accel,     KEY_OF_VM, "kvm unless said; tcg emulates, slowly"),
        KEY(MachineConfig, "cpu",             cpu,             type_cpu_model, KEY_OF_VM, "QEMU's CPU model; host unless said"),
        KEY(MachineConfig, "hide_hypervisor", hide_hypervisor, type_bool,      KEY_OF_VM, "the guest is not told of KVM, for old drivers"),
};
/* clang-format on */

const KeyTable machine_table = {
        .what = "machine",
        .where = "machine:",
        TABLE_OF(MachineConfig, machine_keys),
};
OBJECT_TYPE(type_machine, MachineConfig, object_ops, "map", "a map such as {cpu: host}",
            machine_table);

/* clang-format off */
static const KeySpec firmware_keys[] = {
        KEY(Firmware, "type",        type,        type_firmware_kind, KEY_OF_VM, "uefi unless said"),
        KEY(Firmware, "secure_boot", secure_boot, type_bool,          KEY_OF_VM, "only signed boot loaders start"),
        KEY(Firmware, "tpm",         tpm,         type_bool,          KEY_OF_VM, "an emulated TPM"),
};
/* clang-format on */

static int check_firmware(Reader *reader, const void *object, const Node *node)
{
        const Firmware *firmware = object;

        if (firmware->type == FIRMWARE_BIOS && firmware->secure_boot)
                diag_hint(reader_error(reader, node, "secure_boot needs firmware of type uefi"),
                          "write type: uefi, or secure_boot: false");
        return 0;
}

const KeyTable firmware_table = {
        .what = "firmware",
        .where = "firmware:",
        TABLE_OF(Firmware, firmware_keys),
        .check = check_firmware,
};
OBJECT_TYPE(type_firmware, Firmware, whole_ops, "map", "a map such as {type: uefi}",
            firmware_table);

/* clang-format off */
static const KeySpec kernel_keys[] = {
        KEY_REQUIRED(KernelBoot, "image", image,     type_path,             KEY_OF_VM, "the kernel that is booted without firmware"),
        KEY(KernelBoot,          "initrd", initrd,   type_path,             KEY_OF_VM, "its initrd"),
        KEY(KernelBoot,       "arguments", arguments, type_kernel_arguments, KEY_OF_VM, "its arguments"),
};
/* clang-format on */

const KeyTable kernel_table = {
        .what = "kernel",
        .where = "kernel:",
        TABLE_OF(KernelBoot, kernel_keys),
};
OBJECT_TYPE(type_kernel, KernelBoot, whole_ops, "map", "a map such as {image: /boot/vmlinuz}",
            kernel_table);

static const KeySpec disk_create_keys[] = {
        KEY_REQUIRED(DiskCreate, "size", size, type_size, KEY_OF_VM, "how large it is made"),
};

const KeyTable disk_create_table = {
        .what = "create",
        .where = "create:",
        TABLE_OF(DiskCreate, disk_create_keys),
};
OBJECT_TYPE(type_disk_create, DiskCreate, whole_ops, "map", "a map such as {size: 70G}",
            disk_create_table);

/* clang-format off */
static const KeySpec disk_backing_keys[] = {
        KEY_REQUIRED(DiskBacking, "source", source, type_disk_source, KEY_OF_VM, "the image that this one is made on, as of a disk"),
        KEY_REQUIRED(DiskBacking, "format", format, type_disk_format, KEY_OF_VM, "raw or qcow2: it is never guessed"),
};
/* clang-format on */

const KeyTable disk_backing_table = {
        .what = "backing",
        .where = "backing:",
        TABLE_OF(DiskBacking, disk_backing_keys),
};
OBJECT_TYPE(type_disk_backing, DiskBacking, whole_ops, "map",
            "a map such as {source: /srv/debian.qcow2, format: qcow2}", disk_backing_table);

/* clang-format off */
static const KeySpec disk_keys[] = {
        KEY_REQUIRED(Disk, "source", source, type_disk_source, KEY_OF_VM, "a path, UUID=, LABEL=, PARTUUID= or PARTLABEL=; %i is the instance"),
        KEY(Disk, "format",   format,   type_disk_format, KEY_OF_VM, "raw unless said"),
        KEY(Disk, "readonly", readonly, type_bool,        KEY_OF_VM, "the guest can't write to it"),
        KEY(Disk, "create",   create,   type_disk_create, KEY_OF_VM, "make it when it is missing"),
        KEY(Disk, "backing",  backing,  type_disk_backing, KEY_OF_VM, "qcow2: the image that it is made on"),
        KEY(Disk, "serial",   serial,   type_disk_serial, KEY_OF_VM, "the serial number that the guest sees"),
};
/* clang-format on */

static const char *const foreign_disk_keys[] = { "name", "checksum", "target", NULL };

static void settle_disk(void *object)
{
        Disk *disk = object;

        disk->has_create = object_has(&disk_table, disk, &disk->create);
        disk->has_backing = object_has(&disk_table, disk, &disk->backing);
}

static int check_disk(Reader *reader, const void *object, const Node *node)
{
        const Disk *disk = object;

        if (disk->has_create && disk->source[0] != '/')
                diag_hint(reader_error(reader, node, "'create' needs a path as 'source'"),
                          "what %s names is there or not", disk->source);
        if (disk->has_create && disk->readonly)
                diag_hint(reader_error(reader, node,
                                       "'create' and 'readonly: true' exclude each other"),
                          "nobody could ever write to the disk");
        if (disk->has_backing && disk->format != DISK_QCOW2)
                diag_hint(reader_error(reader, node, "'backing' needs 'format: qcow2'"),
                          "nothing in a raw image says what of it is its own");
        return 0;
}

const KeyTable disk_table = {
        .what = "a disk",
        .where = "disks:",
        TABLE_OF(Disk, disk_keys),
        .foreign = foreign_disk_keys,
        .settle = settle_disk,
        .check = check_disk,
};
OBJECT_TYPE(type_disks, Disk *, objects_ops, "list of disks",
            "a list such as [{source: /srv/vm.raw}]", disk_table);

/* clang-format off */
static const KeySpec network_keys[] = {
        KEY(Network, "type",    type,    type_network_kind, KEY_OF_VM, "user unless said"),
        KEY(Network, "ports",   ports,   type_ports,        KEY_OF_VM, "user: ports of the host that lead to the guest"),
        KEY(Network, "bridge",  bridge,  type_bridge,       KEY_OF_VM, "bridge: the host's bridge"),
        KEY(Network, "tap",     tap,     type_tap,          KEY_OF_VM, "tap: the host's interface; %i is the instance"),
        KEY(Network, "mac",     mac,     type_mac,          KEY_OF_VM, "the guest's MAC address; made from its name unless said"),
        KEY(Network, "address", address, type_host,         KEY_OF_VM, "bridge, tap: where health checks find the guest; %i is the instance"),
};
/* clang-format on */

/* Which of the keys mean something on which type, and which one the type can't do without. */
static const struct {
        const char *key;
        size_t offset;
        unsigned types, needed; /* a bit a NetworkType */
} network_rules[] = {
        { "ports",   offsetof(Network, ports),   1 << NETWORK_USER,                                          0                   },
        { "bridge",  offsetof(Network, bridge),  1 << NETWORK_BRIDGE,                                        1 << NETWORK_BRIDGE },
        { "tap",     offsetof(Network, tap),     1 << NETWORK_TAP,                                           1 << NETWORK_TAP    },
        { "mac",     offsetof(Network, mac),     1 << NETWORK_USER | 1 << NETWORK_BRIDGE | 1 << NETWORK_TAP,
         0                                                                                                                       },
        { "address", offsetof(Network, address), 1 << NETWORK_BRIDGE | 1 << NETWORK_TAP,                     0                   },
};

static void check_ports(Reader *reader, const Network *network, const Node *node)
{
        for (size_t i = 0; i < network->ports.n; i++) {
                const PortForward *port = network->ports.items + i;

                if (port->host_address && strchr(port->host_address, ':'))
                        diag_hint(reader_error(reader, node,
                                               "port %u of the host is forwarded from %s",
                                               port->host_port, port->host_address),
                                  "QEMU forwards from IPv4 alone: leave the address out");
        }
}

static int check_network(Reader *reader, const void *object, const Node *node)
{
        const Network *network = object;
        const char *type = enum_to_string(&network_type_table, (int)network->type);

        for (size_t i = 0; i < ARRAY_SIZE(network_rules); i++) {
                const char *key = network_rules[i].key;
                bool has = object_has(&network_table, network,
                                      (const char *)network + network_rules[i].offset);

                if (has && !(network_rules[i].types & 1u << network->type))
                        (void)reader_error(reader, node,
                                           "'%s' means nothing on a network of type %s", key, type);
                if (!has && network_rules[i].needed & 1u << network->type)
                        (void)reader_error(reader, node, "a network of type %s needs '%s'", type,
                                           key);
        }
        check_ports(reader, network, node);
        return 0;
}

const KeyTable network_table = {
        .what = "a network",
        .where = "networks:",
        TABLE_OF(Network, network_keys),
        .check = check_network,
};
OBJECT_TYPE(type_networks, Network *, objects_ops, "list of networks",
            "a list such as [{type: user}]", network_table);

/* clang-format off */
static const KeySpec share_keys[] = {
        KEY_REQUIRED(Share, "source", source, type_path, KEY_OF_VM, "the host's folder"),
        KEY_REQUIRED(Share, "tag",    tag,    type_tag,  KEY_OF_VM, "what the guest mounts"),
        KEY(Share, "readonly",     readonly, type_bool, KEY_OF_VM, "the guest can't write to it"),
};
/* clang-format on */

const KeyTable share_table = {
        .what = "a share",
        .where = "shares:",
        TABLE_OF(Share, share_keys),
};
OBJECT_TYPE(type_shares, Share *, objects_ops, "list of shares",
            "a list such as [{source: /srv/data, tag: data}]", share_table);

static const KeySpec cloud_init_keys[] = {
        KEY(CloudInit, "user_data", user_data, type_cloud_init_file, KEY_OF_VM,
            "the file that becomes user-data"),
        KEY(CloudInit, "meta_data", meta_data, type_cloud_init_file, KEY_OF_VM,
            "the file that becomes meta-data"),
        KEY(CloudInit, "network_config", network_config, type_cloud_init_file, KEY_OF_VM,
            "the file that becomes network-config"),
};

static const char *const foreign_cloud_init_keys[] = { "datasource", "seed_mode", NULL };

const KeyTable cloud_init_table = {
        .what = "cloud_init",
        .where = "cloud_init:",
        TABLE_OF(CloudInit, cloud_init_keys),
        .foreign = foreign_cloud_init_keys,
};
OBJECT_TYPE(type_cloud_init, CloudInit, object_ops, "map",
            "a map such as {user_data: /etc/vm/user-data}", cloud_init_table);
