// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/devices.h"

#include "device/prepare.h"
#include "device/sriov.h"
#include "device/stuck.h"
#include "device/watch.h"
#include "util/parse.h"

enum { ATTRIBUTE_MAX = 4096, PATH_SIZE = 160 };

static const char *or_null(const char *s)
{
        return *s ? s : NULL;
}

static int note_function(Journal *j, const BindFunction *f)
{
        char driver[DRIVER_NAME_MAX], override[DRIVER_NAME_MAX];
        int r = function_driver(j->root, f->address, driver);

        if (r >= 0)
                r = function_override(j->root, f->address, override);
        if (r < 0)
                return r;
        return journal_note_function(j, &(JournalFunction){
                                                .address = f->address,
                                                .driver = (char *)or_null(driver),
                                                .override = (char *)or_null(override),
                                                .wanted = (char *)f->driver,
                                        });
}

static bool is_noted(const Journal *j, const BindFunction *f)
{
        const JournalFunction *known = journal_find_function(j, f->address);

        return known && streq_ptr(known->wanted, f->driver);
}

int journal_note_slot(Journal *j, const Slot *slot)
{
        for (size_t i = 0; i < slot->n; i++) {
                int r = is_noted(j, slot->functions + i) ? 0
                                                         : note_function(j, slot->functions + i);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int mark_stuck(Root *root, const Slot *slot)
{
        for (size_t i = 0; i < slot->n; i++) {
                int r = slot->functions[i].outcome == BIND_STUCK
                                ? stuck_mark(root, slot->functions[i].address)
                                : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

static int rebind(Journal *j, Slot *slot, HolderList *ret_holders, bool note)
{
        _cleanup_writer_ Writer writer = WRITER_OF(j->root);
        int m, r;

        for (size_t i = 0; i < slot->n; i++)
                if (stuck_is_marked(j->root, slot->functions[i].address))
                        return -EDEADLK;
        r = slot_ask_holders(j->root, slot, ret_holders);
        if (r >= 0 && (ret_holders->n > 0 || ret_holders->incomplete))
                return -EBUSY;
        if (r >= 0 && note)
                r = journal_note_slot(j, slot);
        if (r < 0)
                return r;
        r = slot_bind(&writer, slot->functions, slot->n, SLOT_WRITE_TIMEOUT);
        m = mark_stuck(j->root, slot);
        return r < 0 ? r : m;
}

int journal_bind_slot(Journal *j, Slot *slot, HolderList *ret_holders)
{
        return rebind(j, slot, ret_holders, true);
}

/* A card that was taken at boot stands in no journal. If we are killed half-way nothing else will tell
 * that it was to be given back: the overrides may be gone by then. */
static int note_return(Journal *j, const BindFunction *f)
{
        char override[DRIVER_NAME_MAX];
        int r;

        if (journal_find_function(j, f->address))
                return 0;
        r = function_override(j->root, f->address, override);
        return r < 0 ? r
                     : journal_note_function(
                               j, &(JournalFunction){ .address = f->address, .wanted = override });
}

static int note_returns(Journal *j, Slot *slot)
{
        for (size_t i = 0; i < slot->n; i++) {
                int r = stuck_is_marked(j->root, slot->functions[i].address)
                                ? -EDEADLK
                                : note_return(j, slot->functions + i);

                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < slot->n; i++)
                slot->functions[i].from =
                        journal_find_function(j, slot->functions[i].address)->wanted;
        return 0;
}

int journal_return_slot(Journal *j, Slot *slot, HolderList *ret_holders)
{
        int r = note_returns(j, slot);

        if (r >= 0)
                r = rebind(j, slot, ret_holders, false);
        for (size_t i = 0; r >= 0 && i < slot->n; i++) {
                char address[PCI_ADDRESS_MAX];

                r = journal_note_undone(j, pci_address_format(slot->functions[i].address, address));
        }
        return r;
}

/* 1: what the journal made of it still stands. */
static int still_ours(Journal *j, const JournalFunction *f)
{
        char override[DRIVER_NAME_MAX], driver[DRIVER_NAME_MAX];
        int r;

        if (stuck_is_marked(j->root, f->address))
                return 1; /* nobody may ask */
        r = function_override(j->root, f->address, override);
        if (r >= 0)
                r = function_driver(j->root, f->address, driver);
        if (r < 0)
                return r == -ENODEV ? 0 : r;
        /* Without an override it was being given back when that was ended. */
        if (!override[0] && (!driver[0] || streq_ptr(driver, f->wanted)))
                return 1;
        return streq_ptr(override, f->wanted);
}

int journal_taken_slots(Journal *j, const Plan *plan, SlotList *slots)
{
        for (size_t i = 0; i < j->n_functions;) {
                const JournalFunction *f = j->functions + i;
                char address[PCI_ADDRESS_MAX];
                int r = still_ours(j, f);

                if (r == 0) {
                        r = journal_note_undone(j, pci_address_format(f->address, address));
                } else if (r > 0) {
                        r = slot_list_add(slots, plan, f->address, f->override);
                        i++;
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

/* "0" of "0\n" */
static int read_attribute(Root *root, const char *path, char text[static ATTRIBUTE_MAX])
{
        return root_read(root, path, text, ATTRIBUTE_MAX);
}

static int note_attribute(Journal *j, const char *path, uint64_t value)
{
        char text[ATTRIBUTE_MAX], wanted[32];
        int r = read_attribute(j->root, path, text);

        (void)snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)value);
        if (r == -ENOENT || (r >= 0 && streq(text, wanted)))
                return 0;
        if (r < 0)
                return r;
        return journal_note_attribute(
                j, &(JournalAttribute){ .path = (char *)path, .former = text, .wrote = wanted });
}

static int note_of_device(Journal *j, const Step *step, const char *name, uint64_t value)
{
        char path[PATH_SIZE];

        (void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/%s", step->target, name);
        return note_attribute(j, path, value);
}

static int note_pages(Journal *j, const Step *step)
{
        char path[PATH_SIZE];

        if (step->node >= 0)
                (void)snprintf(path, sizeof(path),
                               "sys/devices/system/node/node%d/hugepages/hugepages-2048kB/"
                               "nr_hugepages",
                               step->node);
        else
                (void)snprintf(path, sizeof(path),
                               "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
        return note_attribute(j, path, step->number);
}

static int note_step(Journal *j, const Step *step)
{
        int r;

        if (step->code == STEP_HUGEPAGES)
                return note_pages(j, step);
        if (step->code == STEP_D3COLD)
                return note_of_device(j, step, "d3cold_allowed", step->number);
        r = note_of_device(j, step, "sriov_drivers_autoprobe", step->native_vfs);
        return r < 0 ? r : note_of_device(j, step, "sriov_numvfs", step->number);
}

int journal_prepare(Journal *j, const Step *step, char **ret_problem)
{
        PciAddress address;
        bool device = pci_address_parse(step->target, &address) >= 0;
        int m, r;

        if (device && stuck_is_marked(j->root, address))
                return -EDEADLK;
        r = note_step(j, step);
        if (r < 0)
                return r;
        r = step_prepare(j->root, step, ret_problem);
        m = r == -ETIMEDOUT && device ? stuck_mark(j->root, address) : 0;
        return r < 0 ? r : m;
}

/* The function that an attribute is of: "sys/bus/pci/devices/0000:01:00.0/sriov_numvfs". */
static bool attribute_device(const char *path, PciAddress *ret)
{
        const char *rest = startswith(path, "sys/bus/pci/devices/");
        char address[PCI_ADDRESS_MAX] = "";
        size_t n = rest ? strcspn(rest, "/") : 0;

        if (n == 0 || n >= sizeof(address))
                return false;
        memcpy(address, rest, n);
        return pci_address_parse(address, ret) >= 0;
}

static int write_back(Root *root, const JournalAttribute *a)
{
        PciAddress address = {};
        bool device = attribute_device(a->path, &address);
        uint64_t number = 0;
        pid_t stuck = 0;
        int m, r;

        if (device && endswith(a->path, "/sriov_numvfs") && parse_u64(a->former, &number) >= 0 &&
            number <= UINT32_MAX)
                r = sriov_set_vfs(root, address, (uint32_t)number, SLOT_WRITE_TIMEOUT, &stuck);
        else
                r = watched_write(root, a->path, a->former, SLOT_WRITE_TIMEOUT, &stuck);
        m = r == -ETIMEDOUT && device ? stuck_mark(root, address) : 0;
        return r < 0 ? r : m;
}

int journal_restore_attribute(Journal *j, const JournalAttribute *a)
{
        _cleanup_free_ char *path = strdup(a->path);
        char text[ATTRIBUTE_MAX];
        PciAddress address;
        bool back;
        int r;

        if (attribute_device(a->path, &address) && stuck_is_marked(j->root, address))
                return -EDEADLK;
        r = path ? read_attribute(j->root, path, text) : -ENOMEM;
        if (r < 0 && r != -ENOENT)
                return r;
        back = r >= 0 && streq(text, a->wrote) && !streq(text, a->former);
        r = back ? write_back(j->root, a) : 0;
        if (r >= 0)
                r = journal_note_undone(j, path);
        return r < 0 ? r : back;
}
