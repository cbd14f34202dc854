// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/tables.h"

/* What host.d holds, and `match`, which instances use too. */

/* clang-format off */
static const KeySpec match_keys[] = {
        KEY(GpuMatch, "address",   address,   type_address, KEY_EVERYWHERE, "the PCI address, with domain"),
        KEY(GpuMatch, "id",        id,        type_pattern, KEY_EVERYWHERE, "vendor:device, or vendor:*"),
        KEY(GpuMatch, "subsystem", subsystem, type_pci_id,  KEY_EVERYWHERE, "subsystem vendor:device"),
        KEY(GpuMatch, "slot",      slot,      type_slot,    KEY_EVERYWHERE, "the path above the device"),
        KEY(GpuMatch, "serial",    serial,    type_serial,  KEY_EVERYWHERE, "the serial number of the device"),
};
/* clang-format on */

static void settle_match(void *object)
{
        GpuMatch *match = object;

        match->has_address = object_has(&match_table, match, &match->address);
        match->has_id = object_has(&match_table, match, &match->id);
        match->has_subsystem = object_has(&match_table, match, &match->subsystem);
}

static int check_match(Reader *reader, const void *object, const Node *node)
{
        const GpuMatch *match = object;

        if (match->keys.set == 0)
                diag_hint(reader_error(reader, node,
                                       "'match' says nothing, which would be every GPU"),
                          "give it address, id, subsystem, slot or serial");
        return 0;
}

const KeyTable match_table = {
        .what = "a match",
        .where = "match:",
        TABLE_OF(GpuMatch, match_keys),
        .settle = settle_match,
        .check = check_match,
};
OBJECT_TYPE(type_match, GpuMatch, whole_ops, "match", "a map such as {address: \"0000:01:00.0\"}",
            match_table);

/* clang-format off */
static const KeySpec gpu_entry_keys[] = {
        KEY(GpuEntry, "name",          name,          type_entry_name, KEY_HOST, "how instances may call the GPU"),
        KEY_REQUIRED(GpuEntry, "match", match,        type_match,      KEY_HOST, "which GPU is meant; all that stands must hold"),
        KEY(GpuEntry, "role",          role,          type_role,       KEY_HOST, "who uses the GPU; host unless said"),
        KEY(GpuEntry, "driver",        driver,        type_module,     KEY_HOST, "the driver for VMs; vfio-pci unless said"),
        KEY(GpuEntry, "policy",        policy,        type_policy,     KEY_HOST, "gpu_policy of this GPU"),
        KEY(GpuEntry, "allow_console", allow_console, type_bool,       KEY_HOST, "may leave although it is the boot display or the last one"),
        KEY(GpuEntry, "cordoned",      cordoned,      type_bool,       KEY_HOST, "nothing new starts on it"),
        KEY(GpuEntry, "d3cold",        d3cold,        type_bool,       KEY_HOST, "may the device lose power while idle"),
        KEY(GpuEntry, "vfs",           vfs,           type_vfs,        KEY_HOST, "how many virtual functions are made"),
};
/* clang-format on */

static void settle_gpu_entry(void *object)
{
        GpuEntry *entry = object;

        entry->has_policy = object_has(&gpu_entry_table, entry, &entry->policy);
        entry->has_d3cold = object_has(&gpu_entry_table, entry, &entry->d3cold);
}

const KeyTable gpu_entry_table = {
        .what = "a gpus: entry",
        .where = "gpus:",
        TABLE_OF(GpuEntry, gpu_entry_keys),
        .settle = settle_gpu_entry,
};
OBJECT_TYPE(type_gpu_entries, GpuEntry *, objects_ops, "list of GPUs",
            "a list such as [{match: {id: \"10de:2204\"}, role: passthrough}]", gpu_entry_table);

/* clang-format off */
static const KeySpec page_entry_keys[] = {
        KEY_REQUIRED(Hugepages, "size",  size,  type_page_size,  KEY_HOST, "2M or 1G"),
        KEY_REQUIRED(Hugepages, "count", count, type_page_count, KEY_HOST, "how many pages"),
        KEY(Hugepages,          "node",  node,  type_node,       KEY_HOST, "the NUMA node they are on"),
};
/* clang-format on */

const KeyTable page_entry_table = {
        .what = "a hugepages: entry",
        .where = "hugepages:",
        TABLE_OF(Hugepages, page_entry_keys),
        .defaults = &(const Hugepages){ .node = -1 },
};
OBJECT_TYPE(type_page_entries, Hugepages *, objects_ops, "list of huge pages",
            "a list such as [{size: 1G, count: 16}]", page_entry_table);

static const KeySpec iommu_keys[] = {
        KEY(IommuConfig, "host_passthrough", host_passthrough, type_bool, KEY_HOST,
            "the host's own devices are not translated: iommu.passthrough=1"),
};

const KeyTable iommu_table = {
        .what = "iommu",
        .where = "iommu:",
        TABLE_OF(IommuConfig, iommu_keys),
};
OBJECT_TYPE(type_iommu, IommuConfig, object_ops, "map", "a map such as {host_passthrough: true}",
            iommu_table);

static const KeySpec kernel_arguments_keys[] = {
        KEY(KernelArgumentsConfig, "manage", manage, type_bool, KEY_HOST,
            "write the boot loader's configuration; true unless said"),
        KEY(KernelArgumentsConfig, "extra", extra, type_kernel_argument_list, KEY_HOST,
            "further arguments for the kernel"),
};

const KeyTable kernel_arguments_table = {
        .what = "kernel_arguments",
        .where = "kernel_arguments:",
        TABLE_OF(KernelArgumentsConfig, kernel_arguments_keys),
        .defaults = &(const KernelArgumentsConfig){ .manage = true },
};
OBJECT_TYPE(type_kernel_arguments_config, KernelArgumentsConfig, object_ops, "map",
            "a map such as {manage: true}", kernel_arguments_table);

/* clang-format off */
static const KeySpec host_keys[] = {
        KEY(HostConfig,      "gpu_policy", gpu_policy,             type_policy,      KEY_HOST, "who may have a GPU that several ask for"),
        KEY(HostConfig,      "allowlist",  allowlist,              type_patterns,    KEY_HOST, "the devices that may leave the host; none unless said"),
        KEY_LIST(HostConfig, "gpus",       gpus,      n_gpus,      type_gpu_entries, KEY_HOST, "what becomes of which GPU; the last that matches holds"),
        KEY(HostConfig,      "iommu",      iommu,                  type_iommu,       KEY_HOST, "how the IOMMU is used"),
        KEY_LIST(HostConfig, "hugepages",  hugepages, n_hugepages, type_page_entries, KEY_HOST, "huge pages that are set aside"),
        KEY(HostConfig,      "kernel_arguments", kernel_arguments, type_kernel_arguments_config, KEY_HOST, "what is done about the kernel's arguments"),
};
/* clang-format on */

const KeyTable host_table = {
        .what = "host.d",
        .where = "host.d",
        TABLE_OF(HostConfig, host_keys),
};
