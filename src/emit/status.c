// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/status.h"

#include "emit/finding.h"
#include "emit/gpu.h"
#include "emit/table.h"

DEFINE_ENUM_TABLE(gpu_state_table, "state of a GPU", [GPU_WITH_HOST] = "host", [GPU_FREE] = "free",
                  [GPU_IN_USE] = "in-use", [GPU_PENDING] = "pending", [GPU_CORDONED] = "cordoned",
                  [GPU_REFUSED] = "refused", [GPU_FAILED] = "failed", [GPU_AWAY] = "away");
DEFINE_ENUM_TABLE(instance_state_table, "state of an instance", [INSTANCE_READY] = "ready",
                  [INSTANCE_HOLDS] = "has-gpu", [INSTANCE_RUNS] = "running",
                  [INSTANCE_REFUSED] = "refused", [INSTANCE_WRONG_FILE] = "wrong-file");

static bool is_pending(const GpuPlan *gpu)
{
        const PciDevice *d = gpu->device;

        if (gpu->role == ROLE_PASSTHROUGH)
                return !streq_ptr(gpu->driver, d->driver);
        return gpu->role == ROLE_VGPU && gpu->entry && d->sriov_vfs < gpu->entry->vfs;
}

static bool is_away(const GpuPlan *gpu)
{
        return gpu->role == ROLE_HOST && gpu->device->driver && driver_is_vfio(gpu->device->driver);
}

GpuState gpu_state(const GpuPlan *gpu)
{
        if (gpu->guard == GUARD_REFUSED)
                return GPU_REFUSED;
        if (gpu->claimed_by)
                return GPU_IN_USE;
        if (gpu->failure)
                return GPU_FAILED;
        if (is_pending(gpu))
                return GPU_PENDING;
        if (gpu_is_cordoned(gpu))
                return GPU_CORDONED;
        if (is_away(gpu))
                return GPU_AWAY;
        return gpu->role == ROLE_HOST && gpu->n_users == 0 ? GPU_WITH_HOST : GPU_FREE;
}

TextStyle gpu_state_text(const GpuPlan *gpu, char buf[static STATE_TEXT_MAX])
{
        static const struct {
                const char *text;
                TextStyle style;
        } states[] = {
                [GPU_WITH_HOST] = { "with the host", STYLE_PLAIN },
                [GPU_FREE] = { "free",          STYLE_PLAIN },
                [GPU_IN_USE] = { "in use",        STYLE_GOOD  },
                [GPU_PENDING] = { "not bound yet", STYLE_WARN  },
                [GPU_CORDONED] = { "cordoned",      STYLE_WARN  },
                [GPU_REFUSED] = { "refused: ",     STYLE_BAD   },
                [GPU_FAILED] = { "failed",        STYLE_BAD   },
                [GPU_AWAY] = { "not with host", STYLE_WARN  },
        };
        GpuState state = gpu_state(gpu);
        const char *text = states[state].text;

        if (state == GPU_PENDING && gpu->role == ROLE_VGPU)
                text = "not split yet";
        (void)snprintf(buf, STATE_TEXT_MAX, "%s%s", text,
                       state == GPU_REFUSED ? finding_specs[gpu->refused_for].code : "");
        return states[state].style;
}

InstanceState instance_state(const Assignment *a, const Plan *plan)
{
        if (a->running)
                return INSTANCE_RUNS;
        if (!a->instance->valid)
                return INSTANCE_WRONG_FILE;
        for (size_t i = 0; i < a->n_gpus; i++)
                if (streq_ptr(plan->gpus[a->gpus[i]].claimed_by, a->instance->name))
                        return INSTANCE_HOLDS;
        return a->refused ? INSTANCE_REFUSED : INSTANCE_READY;
}

TextStyle instance_state_text(const Assignment *a, const Plan *plan,
                              char buf[static STATE_TEXT_MAX])
{
        static const struct {
                const char *text;
                TextStyle style;
        } states[] = {
                [INSTANCE_READY] = { "ready",       STYLE_PLAIN },
                [INSTANCE_HOLDS] = { "has its GPU", STYLE_GOOD  },
                [INSTANCE_RUNS] = { "running",     STYLE_GOOD  },
                [INSTANCE_REFUSED] = { "refused",     STYLE_BAD   },
                [INSTANCE_WRONG_FILE] = { "wrong file",  STYLE_BAD   },
        };
        InstanceState state = instance_state(a, plan);

        (void)strcpy(buf, states[state].text);
        return states[state].style;
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
        HOST_DISARMED,
        HOST_STOPPED,
        HOST_UNDECLARED,
        HOST_ARMED,
} HostState;

static const struct {
        const char *word, *title, *text;
        TextStyle style;
} host_states[] = {
        [HOST_OFF] = { "off",        "Off for this boot",             "nothing is bound, created or started",
                      STYLE_BAD                                                                                                                            },
        [HOST_DISARMED] = { "disarmed",   "Disarmed",
                      "boots in a row did not come up, so nothing is bound, created or started; gpuhost rearm tries it again at the next boot",
                      STYLE_BAD                                                                                                                            },
        [HOST_STOPPED] = { "stopped",    "Stopped",
                      "a file below host.d is wrong, so nothing is bound, created or started",                                                  STYLE_BAD  },
        [HOST_UNDECLARED] = { "undeclared", "Nothing is declared in host.d",
                      "every GPU stays with the host",                                                                                          STYLE_BOLD },
        [HOST_ARMED] = { "armed",      "Armed",                         "GPUs go where the files say",                                            STYLE_GOOD },
};

static HostState host_state(const HostStatus *s)
{
        if (s->machine->disarmed)
                return s->machine->boot_loader.watchdog.left == 0 ? HOST_DISARMED : HOST_OFF;
        if (!s->config->host_valid)
                return HOST_STOPPED;
        return s->config->host.declared ? HOST_ARMED : HOST_UNDECLARED;
}

static void host_line(const HostStatus *s, const TextFormat *format, StrBuf *out)
{
        HostState state = host_state(s);

        if (s->plan->n_gpus == 0)
                str_buf_add(out, "This machine has no GPU. ");
        text_add_styled(out, format, host_states[state].style, host_states[state].title);
        str_buf_printf(out, ": %s.\n", host_states[state].text);
}

static void gpus_text(const Plan *plan, const TextFormat *format, StrBuf *out)
{
        static const TableColumn columns[] = {
                { .title = "GPU" },
                { .title = "NAME", .least = 8, .optional = true },
                { .title = "DEVICE", .least = 8 },
                { .title = "ROLE" },
                { .title = "STATE" },
                { .title = "HELD BY", .least = 8, .optional = true },
        };
        _cleanup_table_ Table table = TABLE(columns);

        for (size_t i = 0; i < plan->n_gpus; i++) {
                const GpuPlan *gpu = plan->gpus + i;
                _cleanup_free_ char *label = pci_device_label(gpu->device);
                char address[PCI_ADDRESS_MAX], state[STATE_TEXT_MAX];
                TextStyle style = gpu_state_text(gpu, state);

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

/* In two units, as people say it. */
static void add_duration(uint64_t seconds, StrBuf *out)
{
        static const struct {
                uint64_t seconds;
                char letter;
        } units[] = {
                { 86400, 'd' },
                { 3600,  'h' },
                { 60,    'm' },
                { 1,     's' },
        };
        size_t i = 0;

        while (i + 1 < ARRAY_SIZE(units) && seconds < units[i].seconds)
                i++;
        str_buf_printf(out, "%llu%c", (unsigned long long)(seconds / units[i].seconds),
                       units[i].letter);
        if (i + 1 < ARRAY_SIZE(units))
                str_buf_printf(
                        out, " %llu%c",
                        (unsigned long long)(seconds % units[i].seconds / units[i + 1].seconds),
                        units[i + 1].letter);
}

static void add_running(Table *table, const Running *running)
{
        _cleanup_str_buf_ StrBuf since = {}, memory = {};

        if (running && running->seconds > 0)
                add_duration(running->seconds, &since);
        if (running && running->memory > 0)
                str_buf_printf(&memory, "%llu MiB", (unsigned long long)(running->memory >> 20));
        table->failed |= since.failed || memory.failed;
        table_add(table, STYLE_PLAIN, str_buf_get(&since));
        table_add(table, STYLE_PLAIN, str_buf_get(&memory));
}

static void instances_text(const Plan *plan, const TextFormat *format, StrBuf *out)
{
        static const TableColumn columns[] = {
                { .title = "INSTANCE" },
                { .title = "KIND" },
                { .title = "GPU", .least = 12 },
                { .title = "AT BOOT" },
                { .title = "STATE" },
                { .title = "UP", .optional = true },
                { .title = "MEMORY", .right = true, .optional = true },
        };
        _cleanup_table_ Table table = TABLE(columns);

        for (size_t i = 0; i < plan->n_assignments; i++) {
                const Assignment *a = plan->assignments + i;
                _cleanup_str_buf_ StrBuf gpus = {};
                char state[STATE_TEXT_MAX];
                TextStyle style = instance_state_text(a, plan, state);

                assignment_gpus(a, plan, &gpus);
                table.failed |= gpus.failed;
                table_add(&table, STYLE_BOLD, a->instance->name);
                table_add(&table, STYLE_PLAIN,
                          enum_to_string(&instance_kind_table, (int)a->instance->kind));
                table_add(&table, STYLE_PLAIN, gpus.len > 0 ? str_buf_get(&gpus) : "-");
                table_add(&table, STYLE_PLAIN, a->instance->autostart ? "yes" : "no");
                table_add(&table, style, state);
                add_running(&table, a->running);
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

/* What is not known is null. */
static Json *json_unless_zero(uint64_t number)
{
        return number > 0 ? json_number((int64_t)number) : json_text(NULL);
}

Json *instance_status_json(const Assignment *a, const Plan *plan)
{
        Json *object = json_map(), *gpus = json_list();

        for (size_t i = 0; i < a->n_gpus; i++)
                json_add(&gpus, json_address(plan->gpus[a->gpus[i]].device->address));
        json_put(&object, "name", json_text(a->instance->name));
        json_put(&object, "kind",
                 json_text(enum_to_string(&instance_kind_table, (int)a->instance->kind)));
        json_put(&object, "file", json_text(a->instance->file));
        json_put(&object, "autostart", json_bool(a->instance->autostart));
        json_put(&object, "gpus", gpus);
        json_put(&object, "vgpu_profile", json_text(a->vgpu_profile));
        json_put(&object, "state",
                 json_text(enum_to_string(&instance_state_table, (int)instance_state(a, plan))));
        json_put(&object, "refusal", json_text(a->refused ? a->refusal : NULL));
        json_put(&object, "uptime_s", json_unless_zero(a->running ? a->running->seconds : 0));
        json_put(&object, "memory_bytes", json_unless_zero(a->running ? a->running->memory : 0));
        return object;
}

Json *gpu_status_json(const GpuPlan *gpu)
{
        Json *object = gpu_json(gpu);
        bool refused = gpu->guard == GUARD_REFUSED;

        json_put(&object, "state",
                 json_text(enum_to_string(&gpu_state_table, (int)gpu_state(gpu))));
        json_put(&object, "refused_for",
                 json_text(refused ? finding_specs[gpu->refused_for].code : NULL));
        json_put(&object, "refusal", json_text(refused ? gpu->refusal : NULL));
        return object;
}

Json *status_json(const HostStatus *s)
{
        Json *object = json_map(), *gpus = json_list(), *instances = json_list();

        for (size_t i = 0; i < s->plan->n_gpus; i++)
                json_add(&gpus, gpu_status_json(s->plan->gpus + i));
        for (size_t i = 0; i < s->plan->n_assignments; i++)
                json_add(&instances, instance_status_json(s->plan->assignments + i, s->plan));
        json_put(&object, "host", json_text(host_states[host_state(s)].word));
        json_put(&object, "gpus", gpus);
        json_put(&object, "instances", instances);
        json_put(&object, "steps", json_number((int64_t)s->plan->n_steps));
        json_put(&object, "reboot_pending", json_bool(s->plan->reboot_pending));
        json_put(&object, "findings", findings_json(s->findings, SEVERITY_INFO));
        return object;
}
