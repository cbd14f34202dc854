// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

/*
 * Descriptors of what a key may hold. One const Type says how a member is read from a document, merged
 * with what an earlier file said, freed and shown. Keys of one shape share their operations and differ
 * in data: a range, a table of words, a test.
 */

#include "config/config.h"
#include "config/reader.h"

typedef struct Walk {
        const ConfigVisitor *visitor;
        void *userdata;
        KeyKinds kinds;
} Walk;

enum { FORMAT_MAX = 64 };

typedef struct TypeOps {
        /* `value` holds its default. 1 when it was read, 0 when it was wrong, which the reader was told;
         * negative for want of memory. */
        int (*read)(Reader *reader, const Type *type, const Node *node, void *value);
        /* `other` over `value`. */
        int (*merge)(const Type *type, void *value, const void *other, KeyKinds kinds);
        void (*done)(const Type *type, void *value); /* NULL: nothing to free */
        int (*walk)(const Walk *walk, const Type *type, const char *key, const void *value,
                    Origin origin);
} TypeOps;

struct Type {
        const char *name;     /* "size" */
        const char *expected; /* "a size such as 16G" */
        const TypeOps *ops;
        size_t size;

        /* values of one word */
        int (*parse)(const Type *type, const char *s, void *value); /* -EINVAL, -ERANGE, -ENOMEM */
        void (*format)(const Type *type, const void *value, char buf[static FORMAT_MAX],
                       ConfigValue *ret);
        /* Writes what is better said than `expected` about a wrong word; nothing if nothing is. */
        void (*advise)(const Type *type, const char *s, StrBuf *hint);
        bool unquoted; /* in quotes it would be text */

        const EnumTable *values;
        uint64_t min, max;
        bool (*check)(const char *s); /* texts */

        const Type *element;   /* lists, maps */
        bool unique;           /* lists */
        const KeyTable *table; /* objects, lists and maps of them */
};

/* A type and what its member is. */
#define DECLARE_TYPE(type, c_type)                                                                 \
        typedef c_type type##_member;                                                              \
        extern const Type type

/* config/type-number.c */
DECLARE_TYPE(type_cpu_cores, uint32_t);
DECLARE_TYPE(type_memory_mb, uint64_t);
DECLARE_TYPE(type_replicas, uint32_t);
DECLARE_TYPE(type_gpu_count, uint32_t);
DECLARE_TYPE(type_vfs, uint32_t);
DECLARE_TYPE(type_page_count, uint64_t);
DECLARE_TYPE(type_node, int32_t);
DECLARE_TYPE(type_port, uint16_t);
DECLARE_TYPE(type_milliseconds, uint32_t);
DECLARE_TYPE(type_retries, uint32_t);
DECLARE_TYPE(type_size, uint64_t);
DECLARE_TYPE(type_duration, uint64_t);
DECLARE_TYPE(type_page_size, uint64_t);
DECLARE_TYPE(type_hugepages, uint64_t);
DECLARE_TYPE(type_numa, NumaChoice);

/* config/type-scalar.c */
DECLARE_TYPE(type_bool, bool);
DECLARE_TYPE(type_role, GpuRole);
DECLARE_TYPE(type_policy, GpuPolicy);
DECLARE_TYPE(type_engine, Engine);
DECLARE_TYPE(type_accel, Accel);
DECLARE_TYPE(type_firmware_kind, FirmwareType);
DECLARE_TYPE(type_disk_format, DiskFormat);
DECLARE_TYPE(type_network_kind, NetworkType);
DECLARE_TYPE(type_health_kind, HealthType);
DECLARE_TYPE(type_restart, RestartPolicy);

/* config/type-text.c */
DECLARE_TYPE(type_line, char *);
DECLARE_TYPE(type_text, char *);
DECLARE_TYPE(type_entry_name, char *);
DECLARE_TYPE(type_profile_name, char *);
DECLARE_TYPE(type_module, char *);
DECLARE_TYPE(type_path, char *);
DECLARE_TYPE(type_disk_source, char *);
DECLARE_TYPE(type_kernel_argument, char *);
DECLARE_TYPE(type_kernel_arguments, char *);
DECLARE_TYPE(type_cpu_model, char *);
DECLARE_TYPE(type_disk_serial, char *);
DECLARE_TYPE(type_serial, char *);
DECLARE_TYPE(type_tag, char *);
DECLARE_TYPE(type_image, char *);
DECLARE_TYPE(type_vgpu_profile, char *);
DECLARE_TYPE(type_cloud_init_file, char *);
DECLARE_TYPE(type_cpu_pinning, CpuPinning);

/* config/type-pci.c */
DECLARE_TYPE(type_address, PciAddress);
DECLARE_TYPE(type_pattern, DevicePattern);
DECLARE_TYPE(type_pci_id, PciId);
DECLARE_TYPE(type_slot, char *);
DECLARE_TYPE(type_gpu_name, char *);

/* config/type-net.c */
DECLARE_TYPE(type_bridge, char *);
DECLARE_TYPE(type_tap, char *);
DECLARE_TYPE(type_mac, char *);
DECLARE_TYPE(type_host, char *);
DECLARE_TYPE(type_url, char *);
DECLARE_TYPE(type_endpoint, char *);
DECLARE_TYPE(type_forward, PortForward);

/* config/type-list.c */
DECLARE_TYPE(type_texts, TextList);
DECLARE_TYPE(type_profiles, TextList);
DECLARE_TYPE(type_kernel_argument_list, TextList);
DECLARE_TYPE(type_patterns, PatternList);
DECLARE_TYPE(type_addresses, AddressList);
DECLARE_TYPE(type_ports, PortList);

/* config/type-gates.c */
DECLARE_TYPE(type_gates, PatternList *);

/* config/type-map.c */
DECLARE_TYPE(type_environment, KeyValueList);
DECLARE_TYPE(type_credentials, KeyValueList);
DECLARE_TYPE(type_volumes, Volume *);

/* Objects and lists of them: beside the tables of their keys. */
DECLARE_TYPE(type_iommu, IommuConfig);
DECLARE_TYPE(type_kernel_arguments_config, KernelArgumentsConfig);
DECLARE_TYPE(type_match, GpuMatch);
DECLARE_TYPE(type_gpu_entries, GpuEntry *);
DECLARE_TYPE(type_page_entries, Hugepages *);
DECLARE_TYPE(type_gpu, GpuRequestList);
DECLARE_TYPE(type_devices, Devices);
DECLARE_TYPE(type_resources, Resources);
DECLARE_TYPE(type_machine, MachineConfig);
DECLARE_TYPE(type_firmware, Firmware);
DECLARE_TYPE(type_kernel, KernelBoot);
DECLARE_TYPE(type_disks, Disk *);
DECLARE_TYPE(type_disk_create, DiskCreate);
DECLARE_TYPE(type_disk_backing, DiskBacking);
DECLARE_TYPE(type_networks, Network *);
DECLARE_TYPE(type_shares, Share *);
DECLARE_TYPE(type_mounts, Mount *);
DECLARE_TYPE(type_cloud_init, CloudInit);
DECLARE_TYPE(type_health_check, HealthCheck);
DECLARE_TYPE(type_workload, Workload);

/* The operations that types choose from. */
extern const TypeOps scalar_ops;  /* one word, copied as it is */
extern const TypeOps text_ops;    /* one word, an owned string */
extern const TypeOps list_ops;    /* of words: { items, n, origins } */
extern const TypeOps object_ops;  /* merged key by key */
extern const TypeOps whole_ops;   /* an object that is replaced whole */
extern const TypeOps objects_ops; /* { items, n }, each with an Origin after its Keys */

/* Their parts, for types that differ in one of them. */
int scalar_read(Reader *reader, const Type *type, const Node *node, void *value);
int scalar_walk(const Walk *walk, const Type *type, const char *key, const void *value,
                Origin origin);
int text_merge(const Type *type, void *value, const void *other, KeyKinds kinds);
void text_done(const Type *type, void *value);
int text_parse(const Type *type, const char *s, void *value);
void text_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                 ConfigValue *ret);

int patterns_read(Reader *reader, const Type *type, const Node *node, void *value);
int patterns_merge(const Type *type, void *value, const void *other, KeyKinds kinds);
void list_done(const Type *type, void *value);

/* A type of texts: what it is called, what it must be, how long (0: as it comes), what is expected,
 * and what is better said about a wrong one. */
#define TEXT_TYPE(type, name_, check_, max_, expected_, advise_)                                   \
        const Type type = {                                                                        \
                .name = name_,                                                                     \
                .expected = expected_,                                                             \
                .ops = &text_ops,                                                                  \
                .size = sizeof(char *),                                                            \
                .parse = text_parse,                                                               \
                .format = text_format,                                                             \
                .advise = advise_,                                                                 \
                .check = check_,                                                                   \
                .max = max_,                                                                       \
        }

/* "expected " and what: the words of a table, or as the type says. */
void type_expected(const Type *type, StrBuf *out);

int texts_add(TextList *list, const char *s, Origin origin) _must_check_;

/* A row. That the member is what the type reads is checked here, once. */
#define KEY_MEMBER(T, member_, type_)                                                              \
        .type = &type_,                                                                            \
        .offset = offsetof(T, member_) +                                                           \
                  0 * sizeof(struct {                                                              \
                          static_assert(__builtin_types_compatible_p(typeof(((T *)NULL)->member_), \
                                                                     type_##_member),              \
                                        "the member is not what the type reads");                  \
                          char unused;                                                             \
                  })
#define KEY(T, name_, member_, type_, kinds_, about_)                                              \
        { .name = name_, .about = about_, .kinds = kinds_, KEY_MEMBER(T, member_, type_) }
#define KEY_REQUIRED(T, name_, member_, type_, kinds_, about_)                                     \
        { .name = name_,                                                                           \
          .about = about_,                                                                         \
          .kinds = kinds_,                                                                         \
          .required = true,                                                                        \
          KEY_MEMBER(T, member_, type_) }
