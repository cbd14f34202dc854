// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/show.h"

#include <stdarg.h>

#include "emit/gpu.h"
#include "emit/status.h"
#include "util/parse.h"

enum { LABEL_WIDTH = 14 };

/* Lines of one object: a label, a value. */
typedef struct Sheet {
        const TextFormat *format;
        StrBuf *out;
} Sheet;

static void line(const Sheet *sheet, const char *label, const char *value)
{
        char padded[LABEL_WIDTH + 1];

        if (!value || !*value)
                return;
        (void)snprintf(padded, sizeof(padded), "%-*s", LABEL_WIDTH, label);
        text_paragraph(sheet->out, sheet->format, 2, padded, value);
}

static void linef(const Sheet *sheet, const char *label, const char *format, ...) _printf_(3, 4);

static void linef(const Sheet *sheet, const char *label, const char *format, ...)
{
        _cleanup_free_ char *value = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&value, format, ap) < 0)
                value = NULL;
        va_end(ap);
        sheet->out->failed |= !value;
        line(sheet, label, value);
}

static void title(const Sheet *sheet, const char *name, const char *what)
{
        text_add_styled(sheet->out, sheet->format, STYLE_BOLD, name);
        str_buf_add(sheet->out, "  ");
        text_add(sheet->out, what);
        str_buf_add_char(sheet->out, '\n');
}

static void function_lines(const Sheet *sheet, const GpuPlan *gpu)
{
        for (size_t i = 0; i < gpu->n_companions; i++) {
                const PciDevice *d = gpu->companions[i];
                char address[PCI_ADDRESS_MAX], class[CLASS_LABEL_MAX];

                linef(sheet, i == 0 ? "goes along" : "", "%s %s%s%s",
                      pci_address_format(d->address, address), class_label(d->class, class),
                      d->driver ? ", driver " : "", d->driver ? d->driver : "");
        }
}

static void bar_lines(const Sheet *sheet, const PciDevice *d)
{
        _cleanup_str_buf_ StrBuf bars = {};
        char size[FORMAT_SIZE_MAX];

        for (size_t i = 0; i < PCI_N_BARS; i++)
                if (d->bar_sizes[i] > 0)
                        str_buf_printf(&bars, "%s%s", bars.len > 0 ? ", " : "",
                                       format_size(d->bar_sizes[i], size));
        sheet->out->failed |= bars.failed;
        line(sheet, "BARs", str_buf_get(&bars));
}

static void words_line(const Sheet *sheet, const char *label, const StrList *words)
{
        _cleanup_str_buf_ StrBuf text = {};

        for (size_t i = 0; i < words->n; i++)
                str_buf_printf(&text, "%s%s", i > 0 ? ", " : "", words->items[i]);
        sheet->out->failed |= text.failed;
        line(sheet, label, str_buf_get(&text));
}

static void user_lines(const Sheet *sheet, const GpuPlan *gpu)
{
        _cleanup_str_buf_ StrBuf text = {};

        for (size_t i = 0; i < gpu->n_users; i++)
                str_buf_printf(&text, "%s%s", i > 0 ? ", " : "", gpu->users[i]->name);
        sheet->out->failed |= text.failed;
        line(sheet, "users", str_buf_get(&text));
        line(sheet, "held by", gpu->claimed_by);
}

static void declared_lines(const Sheet *sheet, const GpuPlan *gpu)
{
        char state[STATE_TEXT_MAX];

        (void)gpu_state_text(gpu, state);
        line(sheet, "name", gpu->name);
        line(sheet, "role", enum_to_string(&gpu_role_table, (int)gpu->role));
        if (gpu->entry && gpu->entry->origin.file)
                linef(sheet, "declared in", "%s:%u", gpu->entry->origin.file,
                      gpu->entry->origin.line);
        line(sheet, "policy", enum_to_string(&gpu_policy_table, (int)gpu->policy));
        line(sheet, "state", state);
        user_lines(sheet, gpu);
}

/* What is above the device, as `slot` in a match has it. */
static char *slot_of(const PciDevice *d)
{
        const char *last = d->path ? strrchr(d->path, '/') : NULL;

        return last ? strndup(d->path, (size_t)(last - d->path)) : strdup("");
}

static void device_lines(const Sheet *sheet, const PciDevice *d)
{
        _cleanup_free_ char *slot = slot_of(d);
        char id[PCI_ID_MAX], subsystem[PCI_ID_MAX];

        sheet->out->failed |= !slot;
        linef(sheet, "id", "%s, subsystem %s, revision %02x", pci_id_format(d->id, id),
              pci_id_format(d->subsystem, subsystem), d->revision);
        line(sheet, "driver", d->driver ? d->driver : "none");
        line(sheet, "override", d->driver_override);
        line(sheet, "slot", slot);
        if (d->numa_node >= 0)
                linef(sheet, "NUMA node", "%d", d->numa_node);
        if (d->boot_vga || d->boot_display)
                line(sheet, "console", "it shows the boot messages");
        words_line(sheet, "DRM nodes", &d->drm_nodes);
        if (d->n_connected > 0)
                linef(sheet, "displays", "%u connected", d->n_connected);
        line(sheet, "reset",
             d->reset_methods ? (*d->reset_methods ? d->reset_methods : "none") : NULL);
        line(sheet, "power", d->power_state);
        bar_lines(sheet, d);
        if (d->sriov_total > 0)
                linef(sheet, "VFs", "%u of %u", d->sriov_vfs, d->sriov_total);
        line(sheet, "serial", d->serial);
        line(sheet, "trouble", d->trouble);
}

static void group_lines(const Sheet *sheet, const PciDevice *d, const Machine *machine)
{
        const IommuGroup *group = machine_find_group(machine, d->iommu_group);

        if (d->iommu_group < 0)
                line(sheet, "IOMMU group", "none");
        else if (group && group->type)
                linef(sheet, "IOMMU group", "%d, type %s", d->iommu_group, group->type);
        else
                linef(sheet, "IOMMU group", "%d", d->iommu_group);
}

void gpu_show_text(const GpuPlan *gpu, const Machine *machine, const TextFormat *format,
                   StrBuf *out)
{
        const Sheet sheet = { .format = format, .out = out };
        _cleanup_free_ char *label = pci_device_label(gpu->device);
        char address[PCI_ADDRESS_MAX];

        out->failed |= !label;
        title(&sheet, pci_address_format(gpu->device->address, address), label ? label : "");
        declared_lines(&sheet, gpu);
        device_lines(&sheet, gpu->device);
        group_lines(&sheet, gpu->device, machine);
        function_lines(&sheet, gpu);
}

static Json *vgpu_types_json(const VgpuTypeList *types)
{
        Json *array = json_list();

        for (size_t i = 0; i < types->n; i++) {
                Json *type = json_map();

                json_put(&type, "id", json_text(types->items[i].id));
                json_put(&type, "name", json_text(types->items[i].name));
                json_put(&type, "available", json_number(types->items[i].available));
                json_add(&array, type);
        }
        return array;
}

Json *gpu_show_json(const GpuPlan *gpu, const Machine *machine)
{
        const PciDevice *d = gpu->device;
        const IommuGroup *group = machine_find_group(machine, d->iommu_group);
        _cleanup_free_ char *slot = slot_of(d);
        Json *object = gpu_status_json(gpu), *users = json_list(), *bars = json_list();

        for (size_t i = 0; i < gpu->n_users; i++)
                json_add(&users, json_text(gpu->users[i]->name));
        for (size_t i = 0; i < PCI_N_BARS; i++)
                json_add(&bars, json_number((int64_t)d->bar_sizes[i]));
        json_put(&object, "users", users);
        json_put(&object, "subsystem_vendor", json_hex16(d->subsystem.vendor));
        json_put(&object, "subsystem_device", json_hex16(d->subsystem.device));
        json_put(&object, "driver_override", json_text(d->driver_override));
        json_put(&object, "slot", slot ? json_text(slot) : NULL);
        json_put(&object, "iommu_group_type", json_text(group ? group->type : NULL));
        json_put(&object, "drm_nodes", json_texts(&d->drm_nodes));
        json_put(&object, "connected_displays", json_number(d->n_connected));
        json_put(&object, "reset_methods", json_text(d->reset_methods));
        json_put(&object, "power_state", json_text(d->power_state));
        json_put(&object, "bar_sizes", bars);
        json_put(&object, "sriov_total", json_number(d->sriov_total));
        json_put(&object, "sriov_vfs", json_number(d->sriov_vfs));
        json_put(&object, "mdev_types", vgpu_types_json(&d->mdev_types));
        json_put(&object, "serial", json_text(d->serial));
        return object;
}

void instance_show_text(const Assignment *a, const Plan *plan, const TextFormat *format,
                        StrBuf *out)
{
        const Sheet sheet = { .format = format, .out = out };
        const Instance *instance = a->instance;
        char state[STATE_TEXT_MAX];

        title(&sheet, instance->name, enum_to_string(&instance_kind_table, (int)instance->kind));
        line(&sheet, "description", instance->description);
        line(&sheet, "file", instance->file);
        (void)instance_state_text(a, plan, state);
        line(&sheet, "state", state);
        line(&sheet, "at boot", instance->autostart ? "started" : "not started");
        for (size_t i = 0; i < a->n_gpus; i++) {
                const GpuPlan *gpu = plan->gpus + a->gpus[i];
                _cleanup_free_ char *label = pci_device_label(gpu->device);
                char address[PCI_ADDRESS_MAX];

                out->failed |= !label;
                linef(&sheet, i == 0 ? "GPU" : "", "%s %s%s%s%s",
                      pci_address_format(gpu->device->address, address), label ? label : "",
                      gpu->name ? " (" : "", gpu->name ? gpu->name : "", gpu->name ? ")" : "");
        }
        line(&sheet, "vGPU", a->vgpu_profile);
}

Json *instance_show_json(const Assignment *a, const Plan *plan)
{
        Json *object = instance_status_json(a, plan);

        json_put(&object, "description", json_text(a->instance->description));
        return object;
}
