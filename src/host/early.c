// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/early.h"

#include "host/arguments.h"
#include "host/iommu.h"
#include "host/pci-scan.h"

static int compare_protections(const void *pa, const void *pb)
{
        const Protection *a = pa, *b = pb;

        return pci_address_compare(a->address, b->address);
}

/* A line that is no address is skipped: what follows counts all the more. */
static int protected_line(void *userdata, char *line, unsigned number)
{
        size_t n = strcspn(line, " \t");
        const char *why = line + n + strspn(line + n, " \t");
        Machine *m = userdata;
        Protection p;

        if (line[n])
                line[n] = '\0';
        if (pci_address_parse(line, &p.address) < 0 || machine_find_protection(m, p.address))
                return 0;
        p.why = strdup(*why ? why : "was found protected while the host ran");
        if (!p.why || !GROW(m->protections, m->n_protections)) {
                free(p.why);
                return -ENOMEM;
        }
        m->protections[m->n_protections++] = p;
        qsort(m->protections, m->n_protections, sizeof(Protection), compare_protections);
        return 1;
}

static int protections_recorded(Root *root, Machine *m)
{
        static const char *const files[] = { PROTECTED_RUN_FILE, PROTECTED_FILE };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                int r = root_scan(root, files[i], 0, protected_line, m);

                if (r == -ENOMEM)
                        return r;
        }
        return 0;
}

int machine_read_early(Root *root, const MachineWants *wants, Machine *ret)
{
        static const MachineWants nothing = {};
        _cleanup_machine_ Machine m = {};
        int r;

        if (!wants)
                wants = &nothing;
        if ((r = arguments_read(root, wants, &m)) < 0 || (r = pci_scan(root, wants, &m)) < 0 ||
            (r = iommu_read(root, wants, &m)) < 0 || (r = protections_recorded(root, &m)) < 0)
                return r;
        *ret = TAKE_GENERIC(m, (Machine){});
        return 0;
}
