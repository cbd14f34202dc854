// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/suggest.h"

#include <stdarg.h>

#include "emit/gpu.h"
#include "emit/text.h"

static const TextFormat page = { .width = 98 };

/* Prose, wrapped. */
static void remark(StrBuf *out, const char *format, ...) _printf_(2, 3);

static void remark(StrBuf *out, const char *format, ...)
{
        _cleanup_str_buf_ StrBuf lines = {};
        _cleanup_free_ char *text = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&text, format, ap) < 0)
                text = NULL;
        va_end(ap);
        if (!text) {
                out->failed = true;
                return;
        }
        text_paragraph(&lines, &page, 0, "", text);
        out->failed |= lines.failed;
        for (const char *p = str_buf_get(&lines), *end; *p; p = end + 1) {
                end = strchr(p, '\n');
                str_buf_add(out, "# ");
                str_buf_add_n(out, p, (size_t)(end + 1 - p));
        }
}

static void heading(const FindingList *obstacles, StrBuf *out)
{
        remark(out, "Suggested by gpuhost for this machine: /etc/gpuhost/host.d/50-gpus.yaml");
        str_buf_add(out, "#\n");
        remark(out, "Every line is a comment. Uncomment what you want, then see what it would do: "
                    "gpuhost check, gpuhost plan. All keys are in gpuhost.yaml(5).");
        for (size_t i = 0; i < obstacles->n; i++) {
                const Finding *f = obstacles->items + i;
                PciAddress address;

                /* Those of single GPUs stand beside them. */
                if (f->severity != SEVERITY_ERROR ||
                    (f->subject && pci_address_parse(f->subject, &address) >= 0))
                        continue;
                str_buf_add(out, "#\n");
                remark(out, "Before a VM can have a GPU: %s. Fix: %s.", f->message,
                       f->fix ? f->fix : finding_specs[f->code].fix);
        }
}

static bool movable(const GpuPlan *gpu)
{
        return gpu->guard != GUARD_REFUSED;
}

static bool allowed_before(const Plan *plan, size_t i)
{
        for (size_t j = 0; j < i; j++)
                if (movable(plan->gpus + j) &&
                    pci_id_equal(plan->gpus[j].device->id, plan->gpus[i].device->id))
                        return true;
        return false;
}

static void allowlist(const Plan *plan, StrBuf *out)
{
        str_buf_add_char(out, '\n');
        remark(out, "What may leave the host: vendor:device or vendor:*. Nothing else ever does.");
        str_buf_add(out, "#allowlist:\n");
        for (size_t i = 0; i < plan->n_gpus; i++) {
                const PciDevice *d = plan->gpus[i].device;
                _cleanup_free_ char *label = NULL;
                char id[PCI_ID_MAX];

                if (!movable(plan->gpus + i) || allowed_before(plan, i))
                        continue;
                label = pci_device_label(d);
                out->failed |= !label;
                str_buf_printf(out, "#  - \"%s\"  # ", pci_id_format(d->id, id));
                text_add(out, label ? label : "");
                str_buf_add_char(out, '\n');
        }
}

static void splitting(const GpuPlan *gpu, StrBuf *out)
{
        const PciDevice *d = gpu->device;

        if (!movable(gpu))
                return;
        if (d->sriov_total > 0 && d->mdev_types.n == 0)
                remark(out, "It can be split instead: role: vgpu, vfs: 1 to %u.", d->sriov_total);
        else
                remark(out, "It can be split instead: role: vgpu.");
}

static void entry(const GpuPlan *gpu, const GpuPlan *split, size_t number, StrBuf *out)
{
        const PciDevice *d = gpu->device;
        _cleanup_free_ char *label = pci_device_label(d);
        char address[PCI_ADDRESS_MAX], id[PCI_ID_MAX];

        out->failed |= !label;
        str_buf_add_char(out, '\n');
        (void)pci_address_format(d->address, address);
        remark(out, "%s %s", address, label ? label : "");
        if (!movable(gpu))
                remark(out, "It would be refused to a VM: %s.", gpu->refusal);
        splitting(split, out);
        str_buf_printf(out, "#  - name: gpu%zu\n", number);
        str_buf_printf(out, "#    match: {address: \"%s\", id: \"%s\"}\n", address,
                       pci_id_format(d->id, id));
        str_buf_printf(out, "#    role: %s\n",
                       enum_to_string(&gpu_role_table,
                                      (int)(movable(gpu) ? ROLE_PASSTHROUGH : ROLE_HOST)));
}

static void entries(const Plan *whole, const Plan *split, StrBuf *out)
{
        str_buf_add_char(out, '\n');
        remark(out,
               "One entry a GPU; a GPU without one stays with the host. Roles: host (its own "
               "driver; containers may use it), passthrough (for VMs, from boot on), on-demand "
               "(for a VM while it runs, then back), vgpu (split among VMs).");
        str_buf_add(out, "#gpus:\n");
        for (size_t i = 0; i < whole->n_gpus; i++)
                entry(whole->gpus + i, split->gpus + i, i, out);
}

void suggest_text(const Plan *whole, const Plan *split, const FindingList *obstacles, StrBuf *out)
{
        bool any = false;

        if (whole->n_gpus == 0) {
                remark(out, "This machine has no GPU: there is nothing to declare.");
                return;
        }
        heading(obstacles, out);
        str_buf_add_char(out, '\n');
        remark(out,
               "When several instances name one GPU: exclusive (the default) makes it an error, "
               "switch lets one of them run at a time, shared lets containers share it.");
        str_buf_add(out, "#gpu_policy: exclusive\n");
        for (size_t i = 0; i < whole->n_gpus; i++)
                any |= movable(whole->gpus + i);
        if (any)
                allowlist(whole, out);
        entries(whole, split, out);
}
