// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/status.h"

#include "emit/finding.h"
#include "emit/gpu.h"
#include "emit/table.h"

TextStyle gpu_state(const GpuPlan *gpu, char buf[static GPU_STATE_MAX])
{
        const PciDevice *d = gpu->device;
        const char *state = "free";
        TextStyle style = STYLE_PLAIN;

        if (gpu->guard == GUARD_REFUSED) {
                (void)snprintf(buf, GPU_STATE_MAX, "refused: %s",
                               finding_specs[gpu->refused_for].code);
                return STYLE_BAD;
        }
        if (gpu->claimed_by) {
                state = "in use";
                style = STYLE_GOOD;
        } else if (gpu->entry && gpu->entry->cordoned) {
                state = "cordoned";
                style = STYLE_WARN;
        } else if (gpu->role == ROLE_PASSTHROUGH && !streq_ptr(gpu->driver, d->driver)) {
                state = "not bound yet";
                style = STYLE_WARN;
        } else if (gpu->role == ROLE_HOST && gpu->n_users == 0)
                state = "host's";
        (void)snprintf(buf, GPU_STATE_MAX, "%s", state);
        return style;
}

const char *instance_state(const Assignment *a, const Plan *plan, TextStyle *ret_style)
{
        *ret_style = STYLE_BAD;
        if (!a->instance->valid)
                return "wrong file";
        if (a->refused)
                return "refused";
        *ret_style = STYLE_GOOD;
        for (size_t i = 0; i < a->n_gpus; i++)
                if (streq_ptr(plan->gpus[a->gpus[i]].claimed_by, a->instance->name))
                        return "has its GPU";
        *ret_style = STYLE_PLAIN;
        return "ready";
}

void assignment_gpus(const Assignment *a, const Plan *plan, StrBuf *out)
{
        for (size_t i = 0; i < a->n_gpus; i++) {
                const GpuPlan *gpu = plan->gpus + a->gpus[i];
                char address[PCI_ADDRESS_MAX];

                str_buf_add(out, i > 0 ? ", " : "");
                str_buf_add(out, gpu->name ? gpu->name
                                           : pci_address_format(gpu->device->address, address));
        }
        if (a->vgpu_profile)
                str_buf_printf(out, "%s%s", out->len > 0 ? " " : "", a->vgpu_profile);
}

/* Whether the files rule this boot. */
typedef enum HostState {
        HOST_OFF,
        HOST_STOPPED,
        HOST_UNDECLARED,
        HOST_ARMED,
} HostState;

static const struct {
        const char *word, *title, *text;
        TextStyle style;
} host_states[] = {
        [HOST_OFF] = { "off",        "Off for this boot",   "nothing is bound, created or started",
                      STYLE_BAD                                                                                },
        [HOST_STOPPED] = { "stopped",    "Stopped",
                      "a file below host.d is wrong, so nothing is bound, created or started",      STYLE_BAD  },
        [HOST_UNDECLARED] = { "undeclared", "Nothing is declared", "every GPU stays with the host",
                      STYLE_BOLD                                                                               },
        [HOST_ARMED] = { "armed",      "Armed",               "GPUs go where the files say",          STYLE_GOOD },
};

static HostState host_state(const HostStatus *s)
{
        if (s->machine->disarmed)
                return HOST_OFF;
        if (!s->config->host_valid)
                return HOST_STOPPED;
        return s->config->host.declared ? HOST_ARMED : HOST_UNDECLARED;
}

static void host_line(const HostStatus *s, const TextFormat *format, StrBuf *out)
{
        HostState state = host_state(s);

        text_add_styled(out, format, host_states[state].style, host_states[state].title);
        str_buf_printf(out, ": %s.\n", host_states[state].text);
}

static void gpus_text(const Plan *plan, const TextFormat *format, StrBuf *out)
{
        static const TableColumn columns[] = {
                { .title = "GPU" },
                { .title = "NAME", .least = 8, .optional = true },
                { .title = "DEVICE", .least = 12 },
                { .title = "ROLE" },
                { .title = "STATE" },
                { .title = "HELD BY", .least = 8, .optional = true },
        };
        _cleanup_table_ Table table = TABLE(columns);

        for (size_t i = 0; i < plan->n_gpus; i++) {
                const GpuPlan *gpu = plan->gpus + i;
                _cleanup_free_ char *label = gpu_label(gpu->device);
                char address[PCI_ADDRESS_MAX], state[GPU_STATE_MAX];
                TextStyle style = gpu_state(gpu, state);

                table.failed |= !label;
                table_add(&table, STYLE_BOLD, pci_address_format(gpu->device->address, address));
                table_add(&table, STYLE_PLAIN, gpu->name);
                table_add(&table, STYLE_PLAIN, label);
                table_add(&table, STYLE_PLAIN, enum_to_string(&gpu_role_table, (int)gpu->role));
                table_add(&table, style, state);
                table_add(&table, STYLE_GOOD, gpu->claimed_by);
        }
        str_buf_add_char(out, '\n');
        table_render(&table, format, 0, out);
}

static void instances_text(const Plan *plan, const TextFormat *format, StrBuf *out)
{
        static const TableColumn columns[] = {
                { .title = "INSTANCE" },
                { .title = "KIND" },
                { .title = "GPU", .least = 12 },
                { .title = "AT BOOT" },
                { .title = "STATE" },
        };
        _cleanup_table_ Table table = TABLE(columns);

        for (size_t i = 0; i < plan->n_assignments; i++) {
                const Assignment *a = plan->assignments + i;
                _cleanup_str_buf_ StrBuf gpus = {};
                TextStyle style;
                const char *state = instance_state(a, plan, &style);

                assignment_gpus(a, plan, &gpus);
                table.failed |= gpus.failed;
                table_add(&table, STYLE_BOLD, a->instance->name);
                table_add(&table, STYLE_PLAIN,
                          enum_to_string(&instance_kind_table, (int)a->instance->kind));
                table_add(&table, STYLE_PLAIN, gpus.len > 0 ? str_buf_get(&gpus) : "-");
                table_add(&table, STYLE_PLAIN, a->instance->autostart ? "yes" : "no");
                table_add(&table, style, state);
        }
        str_buf_add_char(out, '\n');
        table_render(&table, format, 0, out);
}

void status_next(const HostStatus *s, StrBuf *out)
{
        if (finding_list_has(s->findings, SEVERITY_WARNING)) {
                findings_counts(s->findings, out);
                str_buf_add(out, ": see gpuhost check\n");
        }
        if (s->plan->n_steps > 0) {
                text_count(out, s->plan->n_steps, "step", "steps");
                str_buf_add(out, " to where the files want to be: see gpuhost plan\n");
                return;
        }
        if (s->plan->reboot_pending) {
                str_buf_add(out, "A reboot is pending: see gpuhost plan\n");
                return;
        }
        if (!s->config->host.declared && s->config->host_valid && s->plan->n_gpus > 0)
                str_buf_add(out, "gpuhost suggest writes a first file for this machine.\n");
}

void status_text(const HostStatus *s, const TextFormat *format, StrBuf *out)
{
        host_line(s, format, out);
        if (s->plan->n_gpus > 0)
                gpus_text(s->plan, format, out);
        if (s->plan->n_assignments > 0)
                instances_text(s->plan, format, out);
        if (format->hints) {
                _cleanup_str_buf_ StrBuf next = {};

                status_next(s, &next);
                out->failed |= next.failed;
                str_buf_add(out, next.len > 0 ? "\n" : "");
                str_buf_add(out, str_buf_get(&next));
        }
}

void status_summary(const HostStatus *s, const TextFormat *format, StrBuf *out)
{
        host_line(s, format, out);
        status_next(s, out);
}

json_t *instance_status_json(const Assignment *a, const Plan *plan)
{
        json_t *object = json_object(), *gpus = json_array();
        TextStyle style;

        for (size_t i = 0; i < a->n_gpus; i++)
                json_add(&gpus, json_address(plan->gpus[a->gpus[i]].device->address));
        json_put(&object, "name", json_text(a->instance->name));
        json_put(&object, "kind",
                 json_string(enum_to_string(&instance_kind_table, (int)a->instance->kind)));
        json_put(&object, "file", json_text(a->instance->file));
        json_put(&object, "autostart", json_boolean(a->instance->autostart));
        json_put(&object, "gpus", gpus);
        json_put(&object, "vgpu_profile", json_text(a->vgpu_profile));
        json_put(&object, "state", json_string(instance_state(a, plan, &style)));
        json_put(&object, "refusal", json_text(a->refused ? a->refusal : NULL));
        return object;
}

json_t *gpu_status_json(const GpuPlan *gpu)
{
        json_t *object = gpu_json(gpu);
        char state[GPU_STATE_MAX];

        (void)gpu_state(gpu, state);
        json_put(&object, "state", json_string(state));
        json_put(&object, "refusal", json_text(gpu->guard == GUARD_REFUSED ? gpu->refusal : NULL));
        return object;
}

json_t *status_json(const HostStatus *s)
{
        json_t *object = json_object(), *gpus = json_array(), *instances = json_array();

        for (size_t i = 0; i < s->plan->n_gpus; i++)
                json_add(&gpus, gpu_status_json(s->plan->gpus + i));
        for (size_t i = 0; i < s->plan->n_assignments; i++)
                json_add(&instances, instance_status_json(s->plan->assignments + i, s->plan));
        json_put(&object, "host", json_string(host_states[host_state(s)].word));
        json_put(&object, "gpus", gpus);
        json_put(&object, "instances", instances);
        json_put(&object, "steps", json_integer((json_int_t)s->plan->n_steps));
        json_put(&object, "reboot_pending", json_boolean(s->plan->reboot_pending));
        json_put(&object, "findings", findings_json(s->findings, SEVERITY_INFO));
        return object;
}
