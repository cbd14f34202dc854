// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/protect.h"

static Protection *find_protection(const Machine *m, PciAddress address)
{
        for (size_t i = 0; i < m->n_protections; i++) /* not sorted yet */
                if (pci_address_equal(m->protections[i].address, address))
                        return m->protections + i;
        return NULL;
}

static int add_reason(Protection *p, const char *why)
{
        char *both;

        if (strstr(p->why, why)) /* two disks of an array hang on one controller */
                return 0;
        both = format_string("%s, %s", p->why, why);
        if (!both)
                return -ENOMEM;
        free(p->why);
        p->why = both;
        return 0;
}

static int protect_address(Machine *m, PciAddress address, const char *why)
{
        Protection *p = find_protection(m, address);

        if (p)
                return add_reason(p, why);
        if (!GROW(m->protections, m->n_protections))
                return -ENOMEM;
        p = m->protections + m->n_protections;
        *p = (Protection){ .address = address, .why = strdup(why) };
        if (!p->why)
                return -ENOMEM;
        m->n_protections++;
        return 0;
}

int protect_path(Machine *m, const char *path, const char *why)
{
        int n = 0;

        for (const char *p = path, *end; *p; p = *end ? end + 1 : end) {
                char name[PCI_ADDRESS_MAX];
                PciAddress address;
                int r;

                end = p + strcspn(p, "/");
                if ((size_t)(end - p) >= sizeof(name))
                        continue;
                memcpy(name, p, (size_t)(end - p));
                name[end - p] = '\0';
                if (pci_address_parse(name, &address) < 0)
                        continue;
                r = protect_address(m, address, why);
                if (r < 0)
                        return r;
                n++;
        }
        return n;
}

static int compare_protections(const void *a, const void *b)
{
        return pci_address_compare(((const Protection *)a)->address,
                                   ((const Protection *)b)->address);
}

void protections_sort(Machine *m)
{
        if (m->n_protections > 1)
                qsort(m->protections, m->n_protections, sizeof(Protection), compare_protections);
}
