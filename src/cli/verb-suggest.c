// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verb.h"
#include "emit/json.h"
#include "emit/suggest.h"

/* A host on which every GPU is declared, and everything allowed. */
typedef struct Wish {
        Config config;
        GpuEntry *entries;
        DevicePattern *patterns;
        Plan plan;
} Wish;

static void wish_done(Wish *w)
{
        plan_done(&w->plan);
        free(w->entries);
        free(w->patterns);
}

/* What would become of it: the planner itself says what could go, so that no rule stands twice. */
static int wish(const Machine *machine, GpuRole role, bool allow_console, Wish *w)
{
        size_t n = 0;

        w->entries = calloc(machine->n_devices + 1, sizeof(GpuEntry));
        w->patterns = calloc(machine->n_devices + 1, sizeof(DevicePattern));
        if (!w->entries || !w->patterns)
                return -ENOMEM;
        for (size_t i = 0; i < machine->n_devices; i++) {
                const PciDevice *d = machine->devices + i;

                if (!pci_device_is_gpu(d))
                        continue;
                w->entries[n].match = (GpuMatch){ .has_address = true, .address = d->address };
                w->entries[n].role = role;
                w->entries[n].allow_console = allow_console;
                w->entries[n].vfs = role == ROLE_VGPU && d->sriov_total > 0;
                w->patterns[n++] = (DevicePattern){ .vendor = d->id.vendor, .any_device = true };
        }
        w->config.host_valid = true;
        w->config.host.declared = true;
        w->config.host.gpus = w->entries;
        w->config.host.n_gpus = n;
        w->config.host.allowlist = (PatternList){ .items = w->patterns, .n = n, .present = true };
        w->config.host.kernel_arguments.manage = true;
        return plan_build(&w->config, machine, PLAN_RUNTIME, &w->plan);
}

static int suggest(const Machine *machine, StrBuf *out)
{
        _cleanup_(wish_done) Wish whole = {}, split = {}, all = {};
        int r = wish(machine, ROLE_PASSTHROUGH, false, &whole);

        if (r >= 0)
                r = wish(machine, ROLE_VGPU, false, &split);
        if (r >= 0)
                r = wish(machine, ROLE_PASSTHROUGH, true, &all);
        if (r < 0)
                return r;
        suggest_text(&whole.plan, &split.plan, &all.plan.findings, out);
        return 0;
}

int verb_suggest(Session *s, StrBuf *out)
{
        _cleanup_str_buf_ StrBuf text = {};
        Json *object;
        int r = suggest(&s->machine, &text);

        if (r < 0)
                return r;
        if (s->arguments->json == JSON_OFF) {
                str_buf_add_n(out, str_buf_get(&text), text.len);
                return STATUS_DONE;
        }
        object = json_map();
        json_put(&object, "path", json_text("/etc/gpuhost/host.d/50-gpus.yaml"));
        json_put(&object, "content", text.failed ? NULL : json_text(str_buf_get(&text)));
        json_print(object, (JsonMode)s->arguments->json, out);
        return STATUS_DONE;
}
