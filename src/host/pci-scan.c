// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pci-scan.h"

#include "host/attributes.h"
#include "host/note.h"
#include "host/pci-function.h"

#define BUS "sys/bus/pci/devices"

enum { MAX_FUNCTIONS = 65536, MAX_MEMBERS = 4096 };

typedef struct Scan {
        Root *root;
        RootDir bus;
        PciFunction *functions; /* by address */
        size_t n;
        const MachineWants *wants;
        Machine *m;
} Scan;

static int compare_functions(const void *a, const void *b)
{
        return pci_address_compare(((const PciFunction *)a)->address,
                                   ((const PciFunction *)b)->address);
}

static PciFunction *find_function(const Scan *s, PciAddress address)
{
        PciFunction key = { .address = address };

        return s->n ? bsearch(&key, s->functions, s->n, sizeof(key), compare_functions) : NULL;
}

/* An address as the kernel spells it: one device, one name. */
static bool parse_name(const char *name, PciAddress *ret)
{
        char buf[PCI_ADDRESS_MAX];

        return pci_address_parse(name, ret) >= 0 && streq(pci_address_format(*ret, buf), name);
}

/* `name` is an address, and so has its length. */
static void read_class(const Scan *s, const char *name, PciFunction *f)
{
        char path[sizeof(BUS "//class") + PCI_ADDRESS_MAX] = BUS "/", buf[32];

        (void)stpcpy(stpcpy(path + strlen(BUS "/"), name), "/class");
        f->class_error = root_read(s->root, path, buf, sizeof(buf));
        if (f->class_error >= 0)
                f->class_error = pci_class_parse(buf, &f->class, &f->interface);
}

static int list_functions(Scan *s)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_dir_list(&s->bus, &names);

        if (r < 0)
                return r;
        if (names.n > MAX_FUNCTIONS)
                return -E2BIG;
        s->functions = calloc(names.n + 1, sizeof(PciFunction));
        if (!s->functions)
                return -ENOMEM;
        for (size_t i = 0; i < names.n; i++) {
                PciFunction *f = s->functions + s->n;

                if (!parse_name(names.items[i], &f->address))
                        continue;
                read_class(s, names.items[i], f);
                s->n++;
        }
        /* The names were sorted, which is another order as soon as a domain has five digits. */
        qsort(s->functions, s->n, sizeof(PciFunction), compare_functions);
        return 0;
}

static bool is_gpu(const PciFunction *f)
{
        return f->class_error >= 0 && pci_class_is_gpu(f->class);
}

/* A function whose class nobody knows is wanted for its own sake: it may be a GPU. */
static void want_slots(Scan *s)
{
        for (size_t i = 0, end; i < s->n; i = end) {
                bool gpu = false;

                for (end = i; end < s->n && pci_address_same_slot(s->functions[i].address,
                                                                  s->functions[end].address);
                     end++)
                        gpu = gpu || is_gpu(s->functions + end);
                for (size_t k = i; k < end; k++)
                        s->functions[k].wanted = gpu || s->functions[k].class_error < 0;
        }
}

static void want_addresses(Scan *s)
{
        for (size_t i = 0; i < s->wants->n_addresses; i++) {
                PciFunction *f = find_function(s, s->wants->addresses[i]);

                if (f)
                        f->wanted = true;
        }
}

static int read_wanted(Scan *s)
{
        Machine *m = s->m;

        for (size_t i = 0; i < s->n; i++) {
                PciFunction *f = s->functions + i;
                int r;

                if (!f->wanted || f->is_read)
                        continue;
                f->is_read = true;
                if (!GROW(m->devices, m->n_devices))
                        return -ENOMEM;
                r = pci_function_read(&s->bus, f, m->devices + m->n_devices);
                if (r < 0)
                        return r;
                m->n_devices++;
        }
        return 0;
}

static int add_member(Scan *s, IommuGroup *group, const char *name)
{
        PciAddress address;
        PciFunction *f;

        if (!parse_name(name, &address))
                return 0; /* a mediated device, or what is no PCI function: no concern of ours */
        f = find_function(s, address);
        if (!f)
                return 0;
        if (!GROW(group->members, group->n_members))
                return -ENOMEM;
        group->members[group->n_members++] = address;
        f->wanted = true;
        return 0;
}

static int read_members(Scan *s, const RootDir *dir, IommuGroup *group)
{
        _cleanup_root_dir_ RootDir devices = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};
        int r = root_dir_open_at(dir, "devices", &devices);

        if (r >= 0)
                r = root_dir_list(&devices, &names);
        if (r >= 0 && names.n > MAX_MEMBERS)
                r = -E2BIG;
        for (size_t i = 0; r >= 0 && i < names.n; i++)
                r = add_member(s, group, names.items[i]);
        return r;
}

static int compare_members(const void *a, const void *b)
{
        return pci_address_compare(*(const PciAddress *)a, *(const PciAddress *)b);
}

static int read_group(Scan *s, IommuGroup *group)
{
        char path[sizeof("sys/kernel/iommu_groups/") + 16];
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_buf_ StrBuf trouble = {};
        int r;

        (void)snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d", group->number);
        r = root_dir_open(s->root, path, &dir);
        if (r >= 0)
                r = attributes_word(&(Attributes){ &dir, &trouble }, "type", &group->type);
        if (r >= 0)
                r = read_members(s, &dir, group);
        if (r < 0)
                return note_unseen(s->m, path, r);
        if (group->n_members > 1)
                qsort(group->members, group->n_members, sizeof(PciAddress), compare_members);
        return 0;
}

static bool has_group(const Machine *m, int32_t number)
{
        for (size_t i = 0; i < m->n_groups; i++) /* not sorted yet */
                if (m->groups[i].number == number)
                        return true;
        return false;
}

static int add_group(Scan *s, int32_t number)
{
        Machine *m = s->m;

        if (number < 0 || has_group(m, number))
                return 0;
        if (!GROW(m->groups, m->n_groups))
                return -ENOMEM;
        m->groups[m->n_groups] = (IommuGroup){ .number = number };
        return read_group(s, m->groups + m->n_groups++);
}

static int compare_groups(const void *a, const void *b)
{
        int32_t x = ((const IommuGroup *)a)->number, y = ((const IommuGroup *)b)->number;

        return x < y ? -1 : x > y;
}

static int compare_devices(const void *a, const void *b)
{
        return pci_address_compare(((const PciDevice *)a)->address,
                                   ((const PciDevice *)b)->address);
}

static int scan(Scan *s)
{
        Machine *m = s->m;
        int r = list_functions(s);

        if (r < 0)
                return note_unseen(m, BUS, r);
        m->n_functions = s->n;
        want_slots(s);
        want_addresses(s);
        r = read_wanted(s);
        for (size_t i = 0, n = m->n_devices; r >= 0 && i < n; i++)
                r = add_group(s, m->devices[i].iommu_group);
        if (r >= 0)
                r = read_wanted(s);
        if (r < 0)
                return r;
        if (m->n_devices > 1)
                qsort(m->devices, m->n_devices, sizeof(PciDevice), compare_devices);
        if (m->n_groups > 1)
                qsort(m->groups, m->n_groups, sizeof(IommuGroup), compare_groups);
        return 0;
}

int pci_scan(Root *root, const MachineWants *wants, Machine *m)
{
        Scan s = { .root = root, .bus = ROOT_DIR_NONE, .wants = wants, .m = m };
        int r = root_dir_open(root, BUS, &s.bus);

        r = r < 0 ? note_unseen(m, BUS, r) : scan(&s);
        root_dir_done(&s.bus);
        free(s.functions);
        return r;
}
