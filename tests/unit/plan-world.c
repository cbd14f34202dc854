// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan-world.h"

#include "util/buf.h"

World *world_new(void)
{
        World *w = calloc(1, sizeof(World));

        assert_non_null(w);
        w->config.host_valid = true;
        w->config.host.declared = true;
        w->config.host.kernel_arguments.manage = true;
        w->config.host.gpus = w->entries;
        w->config.host.allowlist = (PatternList){ .items = w->allowed, .present = true };
        w->config.instances = w->instances;
        w->machine = (Machine){
                .devices = w->devices,
                .groups = w->groups,
                .protections = w->protections,
                .claims = w->claims,
                .foreign = w->foreign,
                .kernels = w->kernels,
                .n_kernels = 1,
                .iommu = { .kind = IOMMU_AMD, .firmware = IOMMU_AMD, .interrupt_remapping = true },
                .arguments = { .items = w->words },
                .boot_loader = { .kind = BOOT_LOADER_GRUB,
                          .configured_known = true,
                          .watchdog = { .kind = BOOT_WATCHDOG_GRUBENV,
                                               .left = BOOT_UNCOUNTED } },
        };
        w->kernels[0] = (Kernel){ .version = (char *)"6.12", .running = true };
        for (size_t i = 0; i < _MOD_MAX; i++)
                w->kernels[0].modules[i] = MODULE_LOADABLE;
        world_allow(w, "10de:*");
        w->changed = true;
        return w;
}

World *world_watched(World *w)
{
        w->machine.boot_loader.watchdog.installed = true;
        w->machine.boot_loader.watchdog.left = BOOT_TRIES;
        w->changed = true;
        return w;
}

World *world_free(World *w)
{
        if (w)
                plan_done(&w->plan);
        free(w);
        return NULL;
}

PciAddress address_of(const char *s)
{
        PciAddress a;

        assert_int_equal(pci_address_parse(s, &a), 0);
        return a;
}

static PciId id_of(const char *s)
{
        PciId id;

        assert_int_equal(pci_id_parse(s, &id), 0);
        return id;
}

/* Keeps the devices sorted; pointers to later ones move, so only the newest is safe to keep. */
PciDevice *world_function(World *w, const char *address, uint16_t class, const char *id,
                          const char *driver, int group)
{
        PciAddress a = address_of(address);
        size_t i = w->machine.n_devices++;

        assert_true(i < WORLD_MAX);
        for (; i > 0 && pci_address_compare(w->devices[i - 1].address, a) > 0; i--)
                w->devices[i] = w->devices[i - 1];
        w->devices[i] = (PciDevice){
                .address = a,
                .class = class,
                .id = id_of(id),
                .driver = (char *)driver,
                .iommu_group = group,
                .has_iommu = group >= 0,
                .numa_node = -1,
                .d3cold_allowed = -1,
                .reset_methods = (char *)"flr bus",
        };
        w->changed = true;
        return w->devices + i;
}

PciDevice *world_gpu(World *w, const char *address)
{
        return world_function(w, address, PCI_CLASS_VGA, "10de:2204", "nvidia",
                              address_of(address).bus);
}

PciDevice *world_console(World *w)
{
        PciDevice *d = world_function(w, "0000:01:00.0", PCI_CLASS_VGA, "1a03:2000", "ast", 1);

        d->boot_vga = true;
        return d;
}

void world_protect(World *w, const char *address, const char *why)
{
        PciAddress a = address_of(address);
        size_t i = w->machine.n_protections++;

        for (; i > 0 && pci_address_compare(w->protections[i - 1].address, a) > 0; i--)
                w->protections[i] = w->protections[i - 1];
        w->protections[i] = (Protection){ .address = a, .why = (char *)why };
        w->changed = true;
}

void world_claim(World *w, const char *address, const char *instance)
{
        w->claims[w->machine.n_claims++] =
                (Claim){ .address = address_of(address), .instance = (char *)instance };
        w->changed = true;
}

void world_argument(World *w, const char *word)
{
        w->words[w->machine.arguments.n++] = (char *)word;
        w->changed = true;
}

GpuEntry *world_entry(World *w, GpuRole role, const char *name, const char *address)
{
        GpuEntry *e = w->entries + w->config.host.n_gpus;

        *e = (GpuEntry){
                .origin = { .file = "host.yaml", .line = (unsigned)w->config.host.n_gpus + 10 },
                .name = (char *)name,
                .role = role,
        };
        if (address) {
                e->match.has_address = true;
                e->match.address = address_of(address);
        }
        w->config.host.n_gpus++;
        w->changed = true;
        return e;
}

void world_match_id(GpuMatch *match, const char *id)
{
        match->has_id = true;
        assert_int_equal(device_pattern_parse(id, &match->id), 0);
}

void world_allow(World *w, const char *pattern)
{
        PatternList *list = &w->config.host.allowlist;

        assert_int_equal(device_pattern_parse(pattern, list->items + list->n), 0);
        list->n++;
        w->changed = true;
}

static Instance *add_instance(World *w, InstanceKind kind, const char *name)
{
        size_t store = w->config.n_instances++, i = store;
        Instance *instance = w->instance_store + store;

        *instance = (Instance){
                .kind = kind,
                .name = (char *)name,
                .file = (char *)"instance.yaml",
                .valid = true,
                .gpu = { .items = w->requests[store],                                                     .present = true },
                .devices = { .pci_passthrough = { .items = w->addresses[store],
                                                  .origins = w->origins[store] },
                        .gates = w->gates[store]                                                                          },
        };
        for (; i > 0 && strcmp(w->instances[i - 1]->name, name) > 0; i--)
                w->instances[i] = w->instances[i - 1];
        w->instances[i] = instance;
        w->changed = true;
        return instance;
}

Instance *world_vm(World *w, const char *name)
{
        return add_instance(w, INSTANCE_VM, name);
}

Instance *world_container(World *w, const char *name)
{
        return add_instance(w, INSTANCE_CONTAINER, name);
}

GpuRequest *world_ask(World *w, Instance *instance)
{
        GpuRequest *request = instance->gpu.items + instance->gpu.n++;

        *request = (GpuRequest){
                .count = 1, .origin = { .file = "instance.yaml", .line = 3 }
        };
        w->changed = true;
        return request;
}

void world_ask_name(World *w, Instance *instance, const char *name)
{
        world_ask(w, instance)->name = (char *)name;
}

void world_ask_pool(World *w, Instance *instance, const char *id, uint32_t count)
{
        GpuRequest *request = world_ask(w, instance);

        request->has_match = true;
        request->count = count;
        world_match_id(&request->match, id);
}

void world_ask_profile(World *w, Instance *instance, const char *profile)
{
        world_ask(w, instance)->profile = (char *)profile;
}

void world_take(World *w, Instance *instance, const char *address)
{
        AddressList *list = &instance->devices.pci_passthrough;

        list->origins[list->n] = (Origin){ .file = "instance.yaml", .line = 5 };
        list->items[list->n++] = address_of(address);
        w->changed = true;
}

static void make_groups(World *w)
{
        w->machine.n_groups = 0;
        for (int number = 0; number < WORLD_MAX; number++) {
                IommuGroup *group = w->groups + w->machine.n_groups;

                *group = (IommuGroup){ .number = number,
                                       .members = w->members[w->machine.n_groups] };
                for (size_t i = 0; i < w->machine.n_devices; i++)
                        if (w->devices[i].iommu_group == number) {
                                assert_true(group->n_members < WORLD_GROUP_MAX);
                                group->members[group->n_members++] = w->devices[i].address;
                        }
                w->machine.n_groups += group->n_members > 0;
        }
}

const Plan *world_plan(World *w, PlanMode mode)
{
        plan_done(&w->plan);
        make_groups(w);
        assert_int_equal(plan_build(&w->config, &w->machine, mode, &w->plan), 0);
        w->changed = false;
        return &w->plan;
}

static const Plan *planned(World *w)
{
        return w->changed ? world_plan(w, PLAN_RUNTIME) : &w->plan;
}

const GpuPlan *world_gpu_plan(World *w, const char *address)
{
        const GpuPlan *gpu = plan_find_gpu(planned(w), address_of(address));

        assert_non_null(gpu);
        return gpu;
}

const Finding *world_finding(World *w, FindingCode code, size_t i)
{
        const FindingList *list = &planned(w)->findings;

        for (size_t k = 0; k < list->n; k++)
                if (list->items[k].code == code && i-- == 0)
                        return list->items + k;
        return NULL;
}

size_t world_n_findings(World *w, FindingCode code)
{
        size_t n = 0;

        while (world_finding(w, code, n))
                n++;
        return n;
}

const Assignment *world_assignment(World *w, const char *instance)
{
        const Assignment *a = plan_find_assignment(planned(w), instance);

        assert_non_null(a);
        return a;
}

void assert_steps(World *w, const char *expected)
{
        const Plan *plan = planned(w);
        StrBuf s = {};

        for (size_t i = 0; i < plan->n_steps; i++)
                str_buf_printf(&s, "%s %s %s: %s\n",
                               enum_to_string(&step_code_table, (int)plan->steps[i].code),
                               plan->steps[i].target,
                               enum_to_string(&step_when_table, (int)plan->steps[i].when),
                               plan->steps[i].action);
        assert_string_equal(str_buf_get(&s), expected);
        str_buf_done(&s);
}

void assert_gets(World *w, const char *instance, const char *expected)
{
        const Assignment *a = world_assignment(w, instance);
        char buf[PCI_ADDRESS_MAX];
        StrBuf s = {};

        for (size_t i = 0; i < a->n_gpus; i++)
                str_buf_printf(&s, "%s%s", i > 0 ? " " : "",
                               pci_address_format(w->plan.gpus[a->gpus[i]].device->address, buf));
        assert_string_equal(a->refused ? "refused" : str_buf_get(&s), expected);
        assert_int_equal(a->refused, a->refusal != NULL);
        str_buf_done(&s);
}

void assert_message(World *w, FindingCode code, const char *expected)
{
        const Finding *f = world_finding(w, code, 0);

        assert_non_null(f);
        assert_string_equal(f->message, expected);
        assert_null(world_finding(w, code, 1));
}

void assert_no_findings(World *w)
{
        const FindingList *list = &planned(w)->findings;

        for (size_t i = 0; i < list->n; i++)
                print_message("# %s: %s\n", finding_specs[list->items[i].code].code,
                              list->items[i].message);
        assert_int_equal(list->n, 0);
}
