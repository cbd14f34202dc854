// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/claims.h"

#include "host/attributes.h"
#include "host/note.h"

#define CLAIMS "run/gpuhost/claims"

enum { MAX_CLAIMS = 65536, MAX_TEXT = 4096 };

static int add_claim(Machine *m, PciAddress address, const char *instance)
{
        if (!*instance || !text_is_plain(instance, ""))
                return 0; /* free, or not written by us */
        if (!GROW(m->claims, m->n_claims))
                return -ENOMEM;
        m->claims[m->n_claims] = (Claim){ .address = address, .instance = strdup(instance) };
        return m->claims[m->n_claims++].instance ? 0 : -ENOMEM;
}

/* A line for each instance that has it. */
static int read_claim(Root *root, Machine *m, const char *name)
{
        char path[sizeof(CLAIMS "/") + 256], text[MAX_TEXT];
        char *rest = text, *line;
        PciAddress address;
        int r;

        if (pci_address_parse(name, &address) < 0)
                return 0;
        (void)snprintf(path, sizeof(path), CLAIMS "/%s", name);
        r = root_read(root, path, text, sizeof(text));
        if (r < 0)
                return r == -ENOENT ? 0 : note_unseen(m, path, r);
        while (r >= 0 && (line = strsep(&rest, "\n")))
                r = add_claim(m, address, strstrip(line));
        return r;
}

static int compare_claims(const void *a, const void *b)
{
        const Claim *x = a, *y = b;
        int r = pci_address_compare(x->address, y->address);

        return r ? r : strcmp(x->instance, y->instance);
}

int claims_read(Root *root, const MachineWants *wants, Machine *m)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_list(root, CLAIMS, &names);

        if (r < 0)
                return note_unseen(m, CLAIMS, r);
        for (size_t i = 0; r >= 0 && i < names.n && i < MAX_CLAIMS; i++)
                r = read_claim(root, m, names.items[i]);
        if (r >= 0 && m->n_claims > 1)
                qsort(m->claims, m->n_claims, sizeof(Claim), compare_claims);
        return r;
}
