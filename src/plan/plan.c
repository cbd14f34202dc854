// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/plan.h"

#include "plan/builder.h"
#include "util/near.h"

static void builder_done(Builder *b)
{
        free(b->work);
        free(b->vm_devices);
        str_buf_done(&b->arguments_reason);
        str_list_done(&b->arguments_missing);
        str_list_done(&b->arguments_stale);
        str_list_done(&b->arguments_pending);
}

static int compare_addresses(const void *a, const void *b)
{
        return pci_address_compare(*(const PciAddress *)a, *(const PciAddress *)b);
}

/* What VMs take: by address, for the search. */
static int collect_vm_devices(Builder *b)
{
        for (size_t i = 0; i < b->config->n_instances; i++) {
                const Instance *instance = b->config->instances[i];
                const AddressList *list = &instance->devices.pci_passthrough;

                if (!instance->valid || instance->kind != INSTANCE_VM)
                        continue;
                for (size_t k = 0; k < list->n; k++) {
                        if (!GROW(b->vm_devices, b->n_vm_devices))
                                return -ENOMEM;
                        b->vm_devices[b->n_vm_devices++] = list->items[k];
                }
        }
        if (b->n_vm_devices > 0)
                qsort(b->vm_devices, b->n_vm_devices, sizeof(PciAddress), compare_addresses);
        return 0;
}

static bool anything_declared(const Builder *b)
{
        return b->config->host.declared || b->config->n_instances > 0;
}

static void report_disarmed(Builder *b)
{
        bool by_itself = b->machine->boot_loader.watchdog.left == 0;
        Finding *f = finding_add(&b->plan->findings, FINDING_DISARMED, "host",
                                 "gpuhost is off for this boot%s: nothing is bound, created or "
                                 "started",
                                 by_itself ? ", after boots in a row that did not come up" : "");

        if (!by_itself)
                finding_fix(f, "reboot without what puts it off on the kernel command line");
}

static void report_state(Builder *b)
{
        const StrList *unseen = &b->machine->unseen;

        if (b->machine->disarmed && anything_declared(b))
                report_disarmed(b);
        for (size_t i = 0; i < unseen->n; i++)
                (void)finding_add(&b->plan->findings, FINDING_UNSEEN, "host", "%s",
                                  unseen->items[i]);
}

/* What a GPU is refused for may depend on others: a group's member that stays, the last display. So
 * groups are judged again after whatever refuses more. */
static void judge_gpus(Builder *b)
{
        guard_gpus(b);
        if (b->mode == PLAN_RUNTIME) {
                vgpu_check(b);
                driver_check(b);
        }
        closure_judge(b);
        guard_last_display(b);
        closure_judge(b);
        iommu_check(b);
        closure_judge(b);
}

static int build(Builder *b)
{
        int r;

        if ((r = collect_vm_devices(b)) < 0 || (r = select_gpus(b)) < 0 ||
            (r = closure_find(b)) < 0)
                return r;
        if (b->config->host_valid) {
                identity_check(b);
                judge_gpus(b);
        }
        if (b->mode == PLAN_RUNTIME) {
                report_state(b);
                prepared_report(b);
                preflight_report(b);
                if ((r = assign_instances(b)) < 0 || (r = foreign_report(b)) < 0)
                        return r;
        }
        if ((r = arguments_plan(b)) < 0 || (r = watchdog_plan(b)) < 0 ||
            (!b->machine->disarmed && (r = arguments_report(b)) < 0) || (r = steps_plan(b)) < 0)
                return r;
        finding_list_sort(&b->plan->findings);
        return b->plan->findings.failed ? -ENOMEM : 0;
}

int plan_build(const Config *config, const Machine *machine, PlanMode mode, Plan *ret)
{
        _cleanup_plan_ Plan plan = {};
        _cleanup_(builder_done) Builder b = {
                .config = config,
                .machine = machine,
                .mode = mode,
                .plan = &plan,
        };
        int r = build(&b);

        if (r < 0)
                return r;
        *ret = TAKE_GENERIC(plan, (Plan){});
        return 0;
}

static int want_address(MachineWants *wants, PciAddress address)
{
        if (!GROW(wants->addresses, wants->n_addresses))
                return -ENOMEM;
        wants->addresses[wants->n_addresses++] = address;
        return 0;
}

static int want_entries(const HostConfig *host, MachineWants *wants)
{
        for (size_t i = 0; i < host->n_gpus; i++) {
                const GpuEntry *e = host->gpus + i;
                int r = e->match.has_address ? want_address(wants, e->match.address) : 0;

                if (r >= 0 && e->driver && !str_list_contains(&wants->drivers, e->driver))
                        r = str_list_add(&wants->drivers, e->driver);
                if (r < 0)
                        return r;
        }
        return 0;
}

int plan_wants(const Config *config, MachineWants *ret)
{
        _cleanup_machine_wants_ MachineWants wants = {};
        int r = want_entries(&config->host, &wants);

        for (size_t i = 0; r >= 0 && i < config->n_instances; i++) {
                const AddressList *list = &config->instances[i]->devices.pci_passthrough;

                for (size_t k = 0; r >= 0 && k < list->n; k++)
                        r = want_address(&wants, list->items[k]);
        }
        if (r < 0)
                return r;
        wants.images = config->host.n_gpus > 0;
        *ret = TAKE_GENERIC(wants, (MachineWants){});
        return 0;
}

const Assignment *plan_find_assignment(const Plan *plan, const char *instance)
{
        for (size_t i = 0; i < plan->n_assignments; i++)
                if (streq(plan->assignments[i].instance->name, instance))
                        return plan->assignments + i;
        return NULL;
}

int plan_lookup_gpu(const Plan *plan, const char *word, const GpuPlan **ret, const char **ret_near)
{
        const GpuPlan *found = NULL;
        Near near = { .word = word };
        PciAddress address;

        if (pci_address_parse(word, &address) >= 0) {
                found = plan_find_gpu(plan, address);
                if (!found)
                        *ret_near = NULL;
                else
                        *ret = found;
                return found ? 0 : -ENOENT;
        }
        for (size_t i = 0; i < plan->n_gpus; i++) {
                const GpuPlan *g = plan->gpus + i;

                if (!g->name)
                        continue;
                near_offer(&near, g->name);
                if (!streq(g->name, word))
                        continue;
                if (found)
                        return -ENOTUNIQ;
                found = g;
        }
        if (!found) {
                *ret_near = near.best;
                return -ENOENT;
        }
        *ret = found;
        return 0;
}
