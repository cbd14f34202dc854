// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/plan.h"

DEFINE_ENUM_TABLE(step_when_table,
                  "time", [STEP_NOW] = "now", [STEP_BOOT] = "boot", [STEP_REBOOT] = "reboot");
DEFINE_ENUM_TABLE(
        step_code_table, "step", [STEP_BOOT_WATCHDOG] = "boot-watchdog",
        [STEP_KERNEL_ARGUMENTS] = "kernel-arguments", [STEP_INITRAMFS] = "initramfs",
        [STEP_LOAD_MODULE] = "load-module", [STEP_BIND] = "bind", [STEP_RELEASE] = "release",
        [STEP_SRIOV_VFS] = "sriov-vfs", [STEP_HUGEPAGES] = "hugepages", [STEP_D3COLD] = "d3cold",
        [STEP_REBOOT_NEEDED] = "reboot");

void plan_done(Plan *plan)
{
        for (size_t i = 0; i < plan->n_gpus; i++) {
                free((void *)plan->gpus[i].overridden);
                free((void *)plan->gpus[i].companions);
                free((void *)plan->gpus[i].group_mates);
                free((void *)plan->gpus[i].users);
        }
        for (size_t i = 0; i < plan->n_assignments; i++)
                free(plan->assignments[i].gpus);
        for (size_t i = 0; i < plan->n_steps; i++) {
                free(plan->steps[i].target);
                free(plan->steps[i].action);
                free(plan->steps[i].reason);
        }
        free(plan->gpus);
        free(plan->assignments);
        free(plan->steps);
        finding_list_done(&plan->findings);
        str_list_done(&plan->kernel_arguments.intended);
        str_list_done(&plan->kernel_arguments.configured);
        str_list_done(&plan->kernel_arguments.running);
        *plan = (Plan){};
}

static int gpu_by_address(const void *key, const void *item)
{
        return pci_address_compare(*(const PciAddress *)key,
                                   ((const GpuPlan *)item)->device->address);
}

const GpuPlan *plan_find_gpu(const Plan *plan, PciAddress address)
{
        return plan->n_gpus ? bsearch(&address, plan->gpus, plan->n_gpus, sizeof(GpuPlan),
                                      gpu_by_address)
                            : NULL;
}
