// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * What the files under /etc/gpuhost say, after merging. Every struct that has keys of its own begins
 * with `Keys keys`: which rows of its key table were set, and where. Defaults are those of a struct
 * that config_*_init() made; a member whose bit is not set holds its default.
 */

#include "model/pci.h"
#include "util/diag.h"
#include "util/enum-table.h"
#include "util/str.h"

typedef struct Keys {
        uint64_t set;    /* bit i: row i of the table */
        Origin *origins; /* one a set bit, in order of the rows; NULL while nothing is set */
} Keys;

typedef enum GpuRole {
        ROLE_HOST,
        ROLE_PASSTHROUGH,
        ROLE_ON_DEMAND,
        ROLE_VGPU,
} GpuRole;

typedef enum GpuPolicy {
        POLICY_EXCLUSIVE,
        POLICY_SWITCH,
        POLICY_SHARED,
} GpuPolicy;

typedef enum InstanceKind {
        INSTANCE_VM,
        INSTANCE_CONTAINER,
        INSTANCE_PROFILE,
} InstanceKind;

typedef enum Engine {
        ENGINE_PODMAN,
        ENGINE_NSPAWN,
} Engine;

typedef enum Accel {
        ACCEL_KVM,
        ACCEL_TCG,
} Accel;

typedef enum FirmwareType {
        FIRMWARE_UEFI,
        FIRMWARE_BIOS,
} FirmwareType;

typedef enum DiskFormat {
        DISK_RAW,
        DISK_QCOW2,
} DiskFormat;

typedef enum NetworkType {
        NETWORK_USER,
        NETWORK_BRIDGE,
        NETWORK_TAP,
        NETWORK_NONE,
} NetworkType;

typedef enum HealthType {
        HEALTH_RUNNING, /* QMP says so; containers: the engine does */
        HEALTH_READY,   /* the guest's sd_notify() */
        HEALTH_HTTP,
        HEALTH_TCP,
} HealthType;

typedef enum RestartPolicy {
        RESTART_NEVER,
        RESTART_ON_FAILURE,
        RESTART_ALWAYS,
} RestartPolicy;

extern const EnumTable gpu_role_table, gpu_policy_table, instance_kind_table, engine_table,
        accel_table, firmware_type_table, disk_format_table, network_type_table, health_type_table,
        restart_policy_table;

/* Lists of values are all laid out alike, with an origin for each item: files append to them. */
typedef struct TextList {
        char **items;
        size_t n;
        Origin *origins;
} TextList;

typedef struct PatternList {
        DevicePattern *items;
        size_t n;
        Origin *origins;
        Origin origin; /* of the list */
        bool present;  /* an empty list that is present lets nothing pass */
} PatternList;

typedef struct AddressList {
        PciAddress *items;
        size_t n;
        Origin *origins;
} AddressList;

/* What a GPU must be to be meant. What is not set matches all. */
typedef struct GpuMatch {
        Keys keys;
        bool has_address, has_id, has_subsystem;
        PciAddress address;
        DevicePattern id; /* vendor:device or vendor:* */
        PciId subsystem;
        char *slot;   /* path of the slot: "pci0000:00/0000:00:01.0", what is above the device */
        char *serial; /* NULL: any */
} GpuMatch;

/* One of host.d's `gpus:`. */
typedef struct GpuEntry {
        Keys keys;
        Origin origin;
        char *name;
        GpuMatch match;
        GpuRole role;
        char *driver; /* NULL: vfio-pci */
        bool has_policy;
        GpuPolicy policy;
        bool allow_console, cordoned;
        bool has_d3cold, d3cold;
        uint32_t vfs;
} GpuEntry;

typedef struct Hugepages {
        Keys keys;
        Origin origin;
        uint64_t size, count;
        int32_t node; /* -1: the kernel spreads them */
} Hugepages;

typedef struct IommuConfig {
        Keys keys;
        bool host_passthrough;
} IommuConfig;

typedef struct KernelArgumentsConfig {
        Keys keys;
        bool manage;
        TextList extra;
} KernelArgumentsConfig;

typedef struct HostConfig {
        Keys keys;
        bool declared; /* some file under host.d says something */
        GpuPolicy gpu_policy;
        PatternList allowlist;
        GpuEntry *gpus; /* in order: of those that match a GPU, the last holds */
        size_t n_gpus;
        IommuConfig iommu;
        Hugepages *hugepages;
        size_t n_hugepages;
        KernelArgumentsConfig kernel_arguments;
} HostConfig;

/* One GPU that an instance asks for, or `count` from a pool. */
typedef struct GpuRequest {
        Keys keys;
        Origin origin;
        bool any;   /* gpu: true */
        char *name; /* of a gpus: entry, or an address */
        bool has_match;
        GpuMatch match;
        uint32_t count; /* 1 unless said */
        char *profile;  /* vGPU type */
} GpuRequest;

typedef struct GpuRequestList {
        GpuRequest *items;
        size_t n;
        bool present; /* `gpu: false` is present and empty */
} GpuRequestList;

typedef struct Devices {
        Keys keys;
        AddressList pci_passthrough;
        PatternList
                *gates; /* every `allowlist` over this instance, the host's apart: all must pass */
        size_t n_gates;
} Devices;

typedef enum NumaMode {
        NUMA_AUTO,
        NUMA_NONE,
        NUMA_NODE,
} NumaMode;

typedef enum PinningMode {
        PINNING_NONE,
        PINNING_AUTO,
        PINNING_LIST,
} PinningMode;

typedef struct NumaChoice {
        NumaMode mode;
        uint32_t node;
} NumaChoice;

typedef struct CpuPinning {
        PinningMode mode;
        char *cpus; /* "0-3,8": host CPUs, vCPU i on the i-th */
} CpuPinning;

typedef struct Resources {
        Keys keys;
        uint32_t cpu_cores;
        uint64_t memory_mb;
        uint64_t hugepages; /* page size in bytes; 0: ordinary pages */
        NumaChoice numa;
        CpuPinning cpu_pinning;
} Resources;

typedef struct MachineConfig {
        Keys keys;
        Accel accel;
        char *cpu; /* NULL: host, or max where accel is tcg */
        bool hide_hypervisor;
} MachineConfig;

typedef struct Firmware {
        Keys keys;
        FirmwareType type;
        bool secure_boot, tpm;
} Firmware;

typedef struct KernelBoot {
        Keys keys;
        char *image, *initrd, *arguments;
} KernelBoot;

typedef struct DiskCreate {
        Keys keys;
        uint64_t size;
} DiskCreate;

typedef struct DiskBacking {
        Keys keys;
        char *source; /* as of Disk */
        DiskFormat format;
} DiskBacking;

typedef struct Disk {
        Keys keys;
        Origin origin;
        char *source; /* path, UUID=, LABEL=, PARTUUID=, PARTLABEL=; %i is the instance */
        DiskFormat format;
        bool readonly, has_create, has_backing;
        DiskCreate create;
        DiskBacking backing; /* what a qcow2 image is made on, and only read */
        char *serial;
} Disk;

/* "8080:80", "127.0.0.1:8080:80/udp" */
typedef struct PortForward {
        char *host_address; /* NULL: all */
        uint16_t host_port, guest_port;
        bool udp;
} PortForward;

typedef struct PortList {
        PortForward *items;
        size_t n;
        Origin *origins;
} PortList;

typedef struct Network {
        Keys keys;
        Origin origin;
        NetworkType type;
        PortList ports; /* user */
        char *bridge;   /* bridge */
        char *tap;      /* tap */
        char *mac;
        char *address; /* where health checks find the guest: bridge, tap */
} Network;

typedef struct Share {
        Keys keys;
        Origin origin;
        char *source, *tag;
        bool readonly;
} Share;

typedef struct CloudInit {
        Keys keys;
        char *user_data, *meta_data, *network_config; /* paths */
} CloudInit;

typedef struct HealthCheck {
        Keys keys;
        HealthType type;
        char *endpoint;
        uint16_t port; /* the guest's; 0: not said */
        uint32_t timeout_ms, interval_ms, retries;
} HealthCheck;

typedef struct Workload {
        Keys keys;
        char *base_url; /* Volant: where health_check's port comes from when it says none */
} Workload;

typedef struct KeyValue {
        char *key, *value;
        Origin origin;
} KeyValue;

typedef struct KeyValueList {
        KeyValue *items; /* by key */
        size_t n;
} KeyValueList;

typedef struct Volume {
        Keys keys;
        Origin origin;
        char *name;
        uint64_t size; /* 0: no limit */
        char *path;
} Volume;

typedef struct Mount {
        Keys keys;
        Origin origin;
        char *source, *path;
        bool readonly;
} Mount;

/*
 * A VM, a container, or a profile, which may hold the keys of either. One struct and one key table,
 * whose rows say for which kinds they are; so merging a profile into an instance is one loop.
 */
typedef struct Instance {
        Keys keys;
        InstanceKind kind;
        char *name; /* the file's, or with a replica's number */
        char *file; /* as messages name it: "/etc/gpuhost/vm.d/trainer.yaml" */
        bool valid; /* false: its file has an error, which the Diag tells; it is never started */

        TextList profiles;
        char *description;
        bool autostart;
        bool has_replicas;
        uint32_t replicas;
        uint32_t replica; /* 1…: this is one of them; 0 for the declaration itself */
        Resources resources;
        GpuRequestList gpu;
        Devices devices;
        RestartPolicy restart;
        HealthCheck health_check;
        Workload workload;
        uint64_t start_timeout, stop_timeout; /* µs */

        /* VM */
        MachineConfig machine;
        Firmware firmware;
        KernelBoot kernel;
        Disk *disks;
        size_t n_disks;
        Network *networks;
        size_t n_networks;
        Share *shares;
        size_t n_shares;
        CloudInit cloud_init;
        KeyValueList credentials; /* name: path */

        /* container */
        Engine engine;
        char *image;
        TextList command;
        KeyValueList environment;
        PortList ports;
        Volume *storage_volumes;
        size_t n_storage_volumes;
        Mount *mounts;
        size_t n_mounts;
} Instance;

/* All of it: the host, and every instance with its profiles merged and its replicas made. */
typedef struct Config {
        HostConfig host;
        bool host_valid;      /* an error in host.d stops every change */
        Instance **instances; /* VMs and containers, by name; replicas follow their number */
        size_t n_instances;
        Instance **profiles; /* by name */
        size_t n_profiles;
        StrList files; /* all that were read, as Origin.file borrows them */
} Config;

enum { INSTANCE_NAME_MAX = 28 };

/* ^[a-z0-9][a-z0-9_-]{0,27}$: instances become user names. */
bool instance_name_valid(const char *s) _pure_;

/* What a value that may name its instance says for this one: `%i` is its name, `%%` a percent sign. NULL
 * when memory is short. */
char *instance_expand(const char *instance, const char *text) _must_check_;
