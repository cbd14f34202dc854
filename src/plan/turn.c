// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/turn.h"

#include "plan/plan.h"

static bool takes(const Instance *instance, PciAddress address)
{
        const AddressList *list = &instance->devices.pci_passthrough;

        for (size_t i = 0; i < list->n; i++)
                if (pci_address_compare(list->items[i], address) == 0)
                        return true;
        return false;
}

/* vGPUs of one card are many: having one keeps nobody from having another. */
static bool gets(const Plan *plan, const Assignment *a, const GpuPlan *gpu)
{
        for (size_t i = 0; i < a->n_gpus; i++)
                if (plan->gpus + a->gpus[i] == gpu)
                        return gpu->role != ROLE_VGPU;
        return false;
}

static int refuse(const Claim *claim, const GpuPlan *gpu, GpuPolicy policy, char **ret)
{
        char address[PCI_ADDRESS_MAX];

        pci_address_format(claim->address, address);
        *ret = format_string("%s%s%s%s%s is in use by '%s', and its policy is %s: set %s to let "
                             "instances take turns, or stop that one by hand",
                             gpu ? "GPU " : "", address, gpu && gpu->name ? " (" : "",
                             gpu && gpu->name ? gpu->name : "", gpu && gpu->name ? ")" : "",
                             claim->instance, enum_to_string(&gpu_policy_table, (int)policy),
                             gpu && gpu->entry ? "policy: switch in its gpus: entry"
                                               : "gpu_policy: switch in host.d");
        return *ret ? -EBUSY : -ENOMEM;
}

int plan_turn(const Plan *plan, const Config *config, const Machine *machine, const Assignment *a,
              StrList *ret_holders, char **ret_refusal)
{
        _cleanup_str_list_ StrList holders = {};

        for (size_t i = 0; i < machine->n_claims; i++) {
                const Claim *claim = machine->claims + i;
                const GpuPlan *gpu = plan_gpu_of(plan, machine, claim->address);
                GpuPolicy policy = gpu ? gpu->policy : config->host.gpu_policy;
                int r;

                if (streq(claim->instance, a->instance->name))
                        continue;
                if (!(gpu && gets(plan, a, gpu)) && !takes(a->instance, claim->address))
                        continue;
                if (policy != POLICY_SWITCH)
                        return refuse(claim, gpu, policy, ret_refusal);
                if (str_list_contains(&holders, claim->instance))
                        continue;
                r = str_list_add(&holders, claim->instance);
                if (r < 0)
                        return r;
        }
        *ret_holders = TAKE_GENERIC(holders, (StrList){});
        return 0;
}
