// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/gpu.h"

#include "emit/table.h"

/* The vendor as people call it: "[AMD/ATI]" is AMD, "NVIDIA Corporation" is NVIDIA. */
static char *vendor_label(const char *vendor)
{
        const char *open = strrchr(vendor, '[');

        if (open && open[1])
                return strndup(open + 1, strcspn(open + 1, "/]"));
        return strndup(vendor, strcspn(vendor, " ,"));
}

/* The part in brackets is the one on the box: "GA102 [GeForce RTX 3090]". */
static char *device_label(const char *device)
{
        const char *open = strchr(device, '['), *close = open ? strchr(open, ']') : NULL;

        return close && close > open + 1 ? strndup(open + 1, (size_t)(close - open - 1))
                                         : strdup(device);
}

char *pci_device_label(const PciDevice *device)
{
        _cleanup_free_ char *vendor = NULL, *name = NULL;
        char id[PCI_ID_MAX];

        if (!device->device_name)
                return strdup(pci_id_format(device->id, id));
        name = device_label(device->device_name);
        if (!name || !device->vendor_name)
                return TAKE_PTR(name);
        vendor = vendor_label(device->vendor_name);
        if (!vendor)
                return NULL;
        return startswith(name, vendor) ? TAKE_PTR(name) : format_string("%s %s", vendor, name);
}

char *class_label(uint16_t class, char buf[static CLASS_LABEL_MAX])
{
        static const struct {
                uint16_t class, mask;
                const char *label;
        } labels[] = {
                { PCI_CLASS_3D,           0xffff, "3D"          },
                { 0x0300,                 0xff00, "display"     },
                { 0x1200,                 0xff00, "accelerator" },
                { PCI_CLASS_AUDIO,        0xffff, "audio"       },
                { PCI_CLASS_SERIAL_USB,   0xffff, "USB"         },
                { PCI_CLASS_SERIAL_OTHER, 0xffff, "UCSI"        },
                { 0x0108,                 0xffff, "NVMe"        },
                { 0x0106,                 0xffff, "SATA"        },
                { 0x0104,                 0xffff, "RAID"        },
                { 0x0100,                 0xff00, "storage"     },
                { 0x0200,                 0xff00, "network"     },
                { 0x0600,                 0xff00, "bridge"      },
                { 0x0c05,                 0xffff, "SMBus"       },
        };

        for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
                if ((class & labels[i].mask) == labels[i].class)
                        return strcpy(buf, labels[i].label);
        (void)snprintf(buf, CLASS_LABEL_MAX, "class %04x", class);
        return buf;
}

static TextStyle role_style(GpuRole role)
{
        return role == ROLE_HOST ? STYLE_PLAIN : STYLE_BOLD;
}

static bool several_nodes(const Plan *plan)
{
        for (size_t i = 1; i < plan->n_gpus; i++)
                if (plan->gpus[i].device->numa_node != plan->gpus[0].device->numa_node)
                        return true;
        return false;
}

static void add_number(Table *table, int32_t n)
{
        if (n < 0)
                table_add(table, STYLE_DIM, "-");
        else
                table_addf(table, STYLE_PLAIN, "%d", n);
}

static void add_gpu_row(Table *table, const GpuPlan *gpu, bool nodes)
{
        const PciDevice *d = gpu->device;
        _cleanup_free_ char *label = pci_device_label(d);
        char address[PCI_ADDRESS_MAX];

        table->failed |= !label;
        table_add(table, STYLE_BOLD, pci_address_format(d->address, address));
        table_add(table, STYLE_PLAIN, gpu->name);
        table_add(table, STYLE_PLAIN, label);
        table_add(table, d->driver ? STYLE_PLAIN : STYLE_DIM, d->driver ? d->driver : "-");
        add_number(table, d->iommu_group);
        if (nodes)
                add_number(table, d->numa_node);
        else
                table_add(table, STYLE_PLAIN, NULL);
        table_add(table, role_style(gpu->role), enum_to_string(&gpu_role_table, (int)gpu->role));
        table_add(table, STYLE_GOOD, gpu->claimed_by);
}

void gpu_list_text(const Plan *plan, const TextFormat *format, StrBuf *out)
{
        static const TableColumn columns[] = {
                { .title = "ADDRESS" },
                { .title = "NAME", .least = 8, .optional = true },
                { .title = "DEVICE", .least = 12 },
                { .title = "DRIVER", .least = 8 },
                { .title = "GROUP", .right = true },
                { .title = "NODE", .right = true, .optional = true },
                { .title = "ROLE" },
                { .title = "HELD BY", .least = 8, .optional = true },
        };
        _cleanup_table_ Table table = TABLE(columns);
        bool nodes = several_nodes(plan);

        for (size_t i = 0; i < plan->n_gpus; i++)
                add_gpu_row(&table, plan->gpus + i, nodes);
        table_render(&table, format, 0, out);
}

/* One line below a card. */
typedef struct Branch {
        const PciDevice *device;
        const char *remark;
} Branch;

typedef struct BranchList {
        Branch *items;
        size_t n;
        bool failed;
} BranchList;

static void branch_add(BranchList *list, const PciDevice *device, const char *remark)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].device == device)
                        return;
        if (!GROW(list->items, list->n)) {
                list->failed = true;
                return;
        }
        list->items[list->n++] = (Branch){ .device = device, .remark = remark };
}

/* The GPU, its companions, the rest of its slot, then what shares a group with any that goes along. */
static void collect_branches(const GpuPlan *gpu, const Machine *machine, BranchList *list)
{
        size_t moving;

        branch_add(list, gpu->device, "");
        for (size_t i = 0; i < gpu->n_companions; i++)
                branch_add(list, gpu->companions[i], "goes along");
        moving = list->n;
        for (size_t i = 0; i < machine->n_devices; i++) {
                const PciDevice *d = machine->devices + i;

                if (pci_address_same_slot(d->address, gpu->device->address) && !d->is_vf)
                        branch_add(list, d, "same slot, stays");
        }
        for (size_t i = 0; i < moving && !list->failed; i++) {
                const IommuGroup *group =
                        machine_find_group(machine, list->items[i].device->iommu_group);

                for (size_t j = 0; group && j < group->n_members; j++) {
                        const PciDevice *d = machine_find_device(machine, group->members[j]);

                        if (d)
                                branch_add(list, d,
                                           pci_class_is_bridge(d->class) ? "same group, stays"
                                                                         : "same group");
                }
        }
}

static void add_branch(Table *table, const TextFormat *format, const Branch *branch, bool last)
{
        const PciDevice *d = branch->device;
        const char *twig = format->unicode ? (last ? "└─" : "├─") : (last ? "`-" : "|-");
        char address[PCI_ADDRESS_MAX], class[CLASS_LABEL_MAX];

        table_addf(table, STYLE_PLAIN, "%s %s", twig, pci_address_format(d->address, address));
        table_add(table, STYLE_PLAIN, class_label(d->class, class));
        table_add(table, d->driver ? STYLE_PLAIN : STYLE_DIM, d->driver ? d->driver : "-");
        add_number(table, d->iommu_group);
        table_add(table, STYLE_DIM, branch->remark);
}

static void add_card_heading(Table *table, const GpuPlan *gpu)
{
        const PciDevice *d = gpu->device;
        _cleanup_free_ char *label = pci_device_label(d);
        _cleanup_str_buf_ StrBuf line = {};

        table->failed |= !label;
        if (gpu->name)
                str_buf_printf(&line, "%s: ", gpu->name);
        str_buf_printf(&line, "%s, %s", label ? label : "",
                       enum_to_string(&gpu_role_table, (int)gpu->role));
        if (d->sriov_total)
                str_buf_printf(&line, ", %u of %u VFs", d->sriov_vfs, d->sriov_total);
        if (gpu->claimed_by)
                str_buf_printf(&line, ", held by %s", gpu->claimed_by);
        table->failed |= line.failed;
        table_add_heading(table, STYLE_BOLD, str_buf_get(&line));
}

void gpu_tree_text(const Plan *plan, const Machine *machine, const TextFormat *format, StrBuf *out)
{
        static const TableColumn columns[] = {
                { .title = "ADDRESS" },
                { .title = "CLASS" },
                { .title = "DRIVER", .least = 8 },
                { .title = "GROUP", .right = true },
                { .title = "", .optional = true },
        };
        _cleanup_table_ Table table = TABLE(columns);

        for (size_t i = 0; i < plan->n_gpus; i++) {
                BranchList list = {};

                add_card_heading(&table, plan->gpus + i);
                collect_branches(plan->gpus + i, machine, &list);
                for (size_t j = 0; j < list.n; j++)
                        add_branch(&table, format, list.items + j, j + 1 == list.n);
                table.failed |= list.failed;
                free(list.items);
        }
        table_render(&table, format, 0, out);
}

static Json *function_json(const PciDevice *d)
{
        Json *object = json_map();

        json_put(&object, "address", json_address(d->address));
        json_put(&object, "vendor", json_hex16(d->id.vendor));
        json_put(&object, "device", json_hex16(d->id.device));
        json_put(&object, "class", json_hex16(d->class));
        json_put(&object, "driver", json_text(d->driver));
        json_put(&object, "iommu_group", json_number_or_null(d->iommu_group));
        return object;
}

/* The functions that move together, the GPU first. */
static Json *functions_json(const GpuPlan *gpu)
{
        Json *array = json_list();

        json_add(&array, function_json(gpu->device));
        for (size_t i = 0; i < gpu->n_companions; i++)
                json_add(&array, function_json(gpu->companions[i]));
        return array;
}

Json *gpu_json(const GpuPlan *gpu)
{
        const PciDevice *d = gpu->device;
        _cleanup_free_ char *label = pci_device_label(d);
        Json *object = json_map();

        json_put(&object, "address", json_address(d->address));
        json_put(&object, "vendor", json_hex16(d->id.vendor));
        json_put(&object, "device", json_hex16(d->id.device));
        json_put(&object, "class", json_hex16(d->class));
        json_put(&object, "name", label ? json_text(label) : NULL);
        json_put(&object, "entry", json_text(gpu->name));
        json_put(&object, "driver", json_text(d->driver));
        json_put(&object, "iommu_group", json_number_or_null(d->iommu_group));
        json_put(&object, "numa_node", json_number_or_null(d->numa_node));
        json_put(&object, "role", json_text(enum_to_string(&gpu_role_table, (int)gpu->role)));
        json_put(&object, "policy", json_text(enum_to_string(&gpu_policy_table, (int)gpu->policy)));
        json_put(&object, "boot_vga", json_bool(d->boot_vga));
        json_put(&object, "functions", functions_json(gpu));
        json_put(&object, "claimed_by", json_text(gpu->claimed_by));
        return object;
}

Json *gpu_list_json(const Plan *plan)
{
        Json *array = json_list();

        for (size_t i = 0; i < plan->n_gpus; i++)
                json_add(&array, gpu_json(plan->gpus + i));
        return array;
}
