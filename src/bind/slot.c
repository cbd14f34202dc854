// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bind/slot.h"

void slot_list_done(SlotList *list)
{
        free(list->items);
        *list = (SlotList){};
}

static const GpuPlan *gpu_of(const Plan *plan, PciAddress address)
{
        for (size_t i = 0; i < plan->n_gpus; i++)
                if (pci_address_same_slot(plan->gpus[i].device->address, address))
                        return plan->gpus + i;
        return NULL;
}

static Slot *find_or_add(SlotList *list, const Plan *plan, PciAddress address)
{
        for (size_t i = 0; i < list->n; i++)
                if (pci_address_same_slot(list->items[i].functions[0].address, address))
                        return list->items + i;
        if (!GROW(list->items, list->n))
                return NULL;
        list->items[list->n] = (Slot){ .gpu = gpu_of(plan, address) };
        return list->items + list->n++;
}

int slots_from_plan(const Plan *plan, const PciAddress *only, SlotList *ret)
{
        _cleanup_slots_ SlotList list = {};

        for (size_t i = 0; i < plan->n_steps; i++) {
                const Step *step = plan->steps + i;
                PciAddress address;
                Slot *slot;

                if (step->code != STEP_BIND || pci_address_parse(step->target, &address) < 0)
                        continue;
                if (only && !pci_address_same_slot(*only, address))
                        continue;
                slot = find_or_add(&list, plan, address);
                if (!slot)
                        return -ENOMEM;
                if (slot->n == SLOT_FUNCTIONS)
                        return -E2BIG;
                slot->functions[slot->n++] =
                        (BindFunction){ .address = address, .driver = step->driver };
        }
        *ret = TAKE_GENERIC(list, (SlotList){});
        return 0;
}
