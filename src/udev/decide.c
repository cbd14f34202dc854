// SPDX-License-Identifier: LGPL-2.1-or-later
#include "udev/decide.h"

#include "config/config.h"
#include "host/early.h"
#include "plan/plan.h"

/* The GPU that a function belongs to, or that is in a group. */
static const GpuPlan *find_gpu(const Plan *plan, const Question *q)
{
        for (size_t i = 0; i < plan->n_gpus; i++) {
                const PciDevice *d = plan->gpus[i].device;

                if (q->of_group ? d->iommu_group >= 0 && (uint64_t)d->iommu_group == q->group
                                : pci_address_same_slot(d->address, q->address))
                        return plan->gpus + i;
        }
        return NULL;
}

static const char *unique_name(const Plan *plan, const GpuPlan *gpu)
{
        const char *near = NULL;
        const GpuPlan *found;

        if (!gpu->name || !instance_name_valid(gpu->name) ||
            plan_lookup_gpu(plan, gpu->name, &found, &near) < 0)
                return NULL;
        return gpu->name;
}

static void print_gpu(const Plan *plan, const GpuPlan *gpu, FILE *out)
{
        const char *name = unique_name(plan, gpu);

        if (!gpu->entry)
                return;
        if (name)
                (void)fprintf(out, "GPUHOST_NAME=%s\n", name);
        (void)fprintf(out, "GPUHOST_ROLE=%s\n", enum_to_string(&gpu_role_table, (int)gpu->role));
}

static bool has_driver(const PciDevice *d, const char *driver)
{
        return d && streq_ptr(d->driver, driver);
}

/* A function with this override has been seen to: gpuhost-bind is at it, or has said why it failed. */
static bool is_taken(Root *root, PciAddress a, const char *driver)
{
        char path[sizeof("sys/bus/pci/devices//driver_override") + PCI_ADDRESS_MAX];
        char address[PCI_ADDRESS_MAX], is[64];

        (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver_override",
                       pci_address_format(a, address));
        return root_read(root, path, is, sizeof(is)) >= 0 && streq(is, driver);
}

static void print_driver(Root *root, const Plan *plan, const Machine *machine, PciAddress address,
                         FILE *out)
{
        const PciDevice *d = machine_find_device(machine, address);
        char target[PCI_ADDRESS_MAX];

        pci_address_format(address, target);
        for (size_t i = 0; i < plan->n_steps; i++) {
                const Step *step = plan->steps + i;

                if (step->code != STEP_BIND || !streq(step->target, target))
                        continue;
                (void)fprintf(out, "GPUHOST_DRIVER=%s\n", step->driver);
                if (!has_driver(d, step->driver) && !is_taken(root, address, step->driver))
                        (void)fputs("GPUHOST_BIND=1\n", out);
        }
}

static int decide_by(Root *root, const Config *config, const Question *q, FILE *out)
{
        _cleanup_machine_wants_ MachineWants wants = {};
        _cleanup_machine_ Machine machine = {};
        _cleanup_plan_ Plan plan = {};
        const GpuPlan *gpu;
        int r;

        if ((r = plan_wants(config, &wants)) < 0 ||
            (r = machine_read_early(root, &wants, &machine)) < 0 ||
            (r = plan_build(config, &machine, PLAN_BOOT, &plan)) < 0)
                return r;
        gpu = find_gpu(&plan, q);
        if (!gpu)
                return 0;
        print_gpu(&plan, gpu, out);
        if (!q->of_group)
                print_driver(root, &plan, &machine, q->address, out);
        return fflush(out) == 0 ? 0 : -errno;
}

/* With an error in host.d nothing new is bound, and who says so is gpuhost-bind. While a write to some
 * device does not come back, reading its attributes would not either. */
int decide(Root *root, const Question *question, FILE *out)
{
        _cleanup_config_ Config config = {};
        _cleanup_diag_ Diag diag = {};
        int r;

        if (root_exists(root, "run/gpuhost/stuck"))
                return 0;
        r = config_load(root, CONFIG_HOST_ONLY, &config, &diag);
        if (r < 0 || !config.host_valid || config.host.n_gpus == 0)
                return r < 0 ? r : 0;
        return decide_by(root, &config, question, out);
}
