// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>

#include "cli/verb.h"
#include "emit/finding.h"
#include "emit/gpu.h"
#include "emit/table.h"
#include "plan/resources.h"

static Json *profiles_json(const GpuResources *r)
{
        Json *array = json_list();

        for (size_t i = 0; i < r->n_profiles; i++) {
                const ProfileResource *p = r->profiles + i;
                Json *object = json_map();

                json_put(&object, "name", json_text(p->name));
                json_put(&object, "framebuffer_mb",
                         p->framebuffer_mb ? json_number((int64_t)p->framebuffer_mb)
                                           : json_nothing());
                json_put(&object, "available", json_number((int64_t)p->available));
                json_add(&array, object);
        }
        return array;
}

static Json *devices_json(const GpuResources *r)
{
        Json *array = json_list();

        for (size_t i = 0; i < r->n_devices; i++) {
                const DeviceResource *d = r->devices + i;
                Json *object = json_map();

                json_put(&object, "name", json_text(d->name));
                json_put(&object, "address", json_address(d->gpu->device->address));
                json_put(&object, "available", json_bool(d->available));
                json_put(&object, "reason", json_text(d->reason));
                json_add(&array, object);
        }
        return array;
}

static Json *resources_json(const Session *s, const GpuResources *r)
{
        Json *object = json_map(), *gpu = json_map();

        json_put(&gpu, "mode", json_text(enum_to_string(&gpu_mode_table, (int)r->mode)));
        json_put(&gpu, "total_slots", json_number((int64_t)r->total_slots));
        json_put(&gpu, "used_slots", json_number((int64_t)r->used_slots));
        json_put(&gpu, "profiles", profiles_json(r));
        json_put(&gpu, "devices", devices_json(r));
        json_put(&object, "gpu", gpu);
        json_put(&object, "findings", findings_json(&s->findings, SEVERITY_INFO));
        return object;
}

static void devices_text(const GpuResources *r, const TextFormat *format, StrBuf *out)
{
        static const TableColumn columns[] = {
                { .title = "ADDRESS" },
                { .title = "GPU", .least = 12 },
                { .title = "AVAILABLE" },
                { .title = "REASON", .least = 20, .optional = true },
        };
        _cleanup_table_ Table table = TABLE(columns);

        for (size_t i = 0; i < r->n_devices; i++) {
                const DeviceResource *d = r->devices + i;
                _cleanup_free_ char *label = pci_device_label(d->gpu->device);
                char address[PCI_ADDRESS_MAX];

                table.failed |= !label;
                table_add(&table, STYLE_BOLD, pci_address_format(d->gpu->device->address, address));
                table_add(&table, STYLE_PLAIN, d->gpu->name ? d->gpu->name : label);
                table_add(&table, d->available ? STYLE_GOOD : STYLE_WARN,
                          d->available ? "yes" : "no");
                table_add(&table, STYLE_PLAIN, d->reason);
        }
        table_render(&table, format, 0, out);
}

static void profiles_text(const GpuResources *r, const TextFormat *format, StrBuf *out)
{
        static const TableColumn columns[] = {
                { .title = "VGPU PROFILE" },
                { .title = "MEMORY", .right = true, .optional = true },
                { .title = "AVAILABLE", .right = true },
        };
        _cleanup_table_ Table table = TABLE(columns);

        for (size_t i = 0; i < r->n_profiles; i++) {
                const ProfileResource *p = r->profiles + i;

                table_add(&table, STYLE_BOLD, p->name);
                if (p->framebuffer_mb)
                        table_addf(&table, STYLE_PLAIN, "%" PRIu64 " MiB", p->framebuffer_mb);
                else
                        table_add(&table, STYLE_PLAIN, NULL);
                table_addf(&table, STYLE_PLAIN, "%" PRIu64, p->available);
        }
        table_render(&table, format, 0, out);
}

static void resources_text(const GpuResources *r, const TextFormat *format, StrBuf *out)
{
        if (r->mode == GPU_MODE_NONE) {
                str_buf_add(out, format->hints ? "No GPU is declared for VMs.\n" : "");
                return;
        }
        if (r->n_devices > 0)
                devices_text(r, format, out);
        if (r->n_profiles > 0) {
                str_buf_add(out, r->n_devices > 0 ? "\n" : "");
                profiles_text(r, format, out);
        }
        if (format->hints)
                str_buf_printf(out, "\n%" PRIu64 " of %" PRIu64 " in use.\n", r->used_slots,
                               r->total_slots);
}

int verb_resources(Session *s, StrBuf *out)
{
        _cleanup_gpu_resources_ GpuResources resources = {};
        int r = plan_resources(&s->plan, &s->machine, &resources);

        if (r < 0)
                return r;
        if (s->arguments->json != JSON_OFF)
                json_print(resources_json(s, &resources), (JsonMode)s->arguments->json, out);
        else
                resources_text(&resources, &s->format, out);
        return (int)session_files_status(s);
}
