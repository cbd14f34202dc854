// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/slot.h"

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

int slot_list_add(SlotList *list, const Plan *plan, PciAddress address, const char *driver)
{
        Slot *slot = find_or_add(list, plan, address);

        if (!slot)
                return -ENOMEM;
        if (slot->n == SLOT_FUNCTIONS)
                return -E2BIG;
        slot->functions[slot->n++] = (BindFunction){ .address = address, .driver = driver };
        return 0;
}

int slots_from_plan(const Plan *plan, StepCode code, StepWhen when, const PciAddress *only,
                    SlotList *ret)
{
        _cleanup_slots_ SlotList list = {};

        for (size_t i = 0; i < plan->n_steps; i++) {
                const Step *step = plan->steps + i;
                PciAddress address;
                int r;

                if (step->code != code || step->when != when ||
                    pci_address_parse(step->target, &address) < 0)
                        continue;
                if (only && !pci_address_same_slot(*only, address))
                        continue;
                r = slot_list_add(&list, plan, address, step->driver);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_GENERIC(list, (SlotList){});
        return 0;
}

int slot_find_drivers(Root *root, Slot *slot, const char **ret_missing)
{
        for (size_t i = 0; i < slot->n; i++) {
                const char *wanted = slot->functions[i].driver;
                int r;

                if (!wanted)
                        continue;
                r = driver_find(root, wanted, slot->drivers[i]);
                if (r < 0) {
                        *ret_missing = wanted;
                        return r;
                }
        }
        for (size_t i = 0; i < slot->n; i++)
                if (slot->functions[i].driver)
                        slot->functions[i].driver = slot->drivers[i];
        return 0;
}

/* Does slot_bind() take it from the driver that it has? */
static bool must_let_go(Root *root, const BindFunction *f)
{
        char driver[DRIVER_NAME_MAX], override[DRIVER_NAME_MAX];

        /* What cannot be read slot_bind() reports. */
        if (function_driver(root, f->address, driver) < 0 || !driver[0])
                return false;
        if (f->driver)
                return !streq(driver, f->driver);
        if (streq_ptr(driver, f->from))
                return true;
        return function_override(root, f->address, override) >= 0 && streq(driver, override);
}

int slot_ask_holders(Root *root, Slot *slot, HolderList *ret)
{
        _cleanup_holders_ HolderList holders = {};
        PciAddress taken[SLOT_FUNCTIONS];
        size_t n = 0;

        for (size_t i = 0; i < slot->n; i++)
                if (must_let_go(root, slot->functions + i))
                        taken[n++] = slot->functions[i].address;
        if (n > 0) {
                int r = holders_find(root, taken, n, &holders);

                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < slot->n; i++)
                slot->functions[i].may_unbind = holders.n == 0 && !holders.incomplete;
        *ret = TAKE_GENERIC(holders, (HolderList){});
        return 0;
}
