// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/claims.h"

#include "host/attributes.h"
#include "host/note.h"

#define CLAIMS "run/gpuhost/claims"

enum { MAX_CLAIMS = 65536 };

static int add_claim(Root *root, Machine *m, const char *name)
{
        char path[sizeof(CLAIMS "/") + 256], text[256];
        const char *instance;
        PciAddress address;
        int r;

        if (pci_address_parse(name, &address) < 0)
                return 0;
        (void)snprintf(path, sizeof(path), CLAIMS "/%s", name);
        r = root_read(root, path, text, sizeof(text));
        if (r < 0)
                return note_unseen(m, path, r);
        instance = strstrip(text);
        if (!*instance || !text_is_plain(instance, ""))
                return 0; /* free, or not written by us */
        if (!GROW(m->claims, m->n_claims))
                return -ENOMEM;
        m->claims[m->n_claims] = (Claim){ .address = address, .instance = strdup(instance) };
        return m->claims[m->n_claims++].instance ? 0 : -ENOMEM;
}

static int compare_claims(const void *a, const void *b)
{
        return pci_address_compare(((const Claim *)a)->address, ((const Claim *)b)->address);
}

int claims_read(Root *root, const MachineWants *wants, Machine *m)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_list(root, CLAIMS, &names);

        if (r < 0)
                return note_unseen(m, CLAIMS, r);
        for (size_t i = 0; r >= 0 && i < names.n && i < MAX_CLAIMS; i++)
                r = add_claim(root, m, names.items[i]);
        if (r >= 0 && m->n_claims > 1)
                qsort(m->claims, m->n_claims, sizeof(Claim), compare_claims);
        return r;
}
