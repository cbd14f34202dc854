// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/host.h"

#include "config/tables.h"
#include "util/parse.h"
#include "util/str.h"

static Origin name_origin(const GpuEntry *entry)
{
        const Origin *origin = object_origin(&gpu_entry_table, entry, &entry->name);

        return origin ? *origin : entry->origin;
}

/* Who names a GPU must know which. */
bool host_names_valid(const HostConfig *host, Diag *diag)
{
        bool valid = true;

        for (size_t i = 0; i < host->n_gpus; i++)
                for (size_t j = 0; j < i; j++) {
                        const GpuEntry *entry = host->gpus + i, *first = host->gpus + j;
                        Origin at;

                        if (!entry->name || !streq_ptr(entry->name, first->name))
                                continue;
                        at = name_origin(first);
                        diag_hint(diag_add(diag, SEVERITY_ERROR, "config-schema",
                                           name_origin(entry),
                                           "two gpus: entries are named '%s'; the first in %s:%u",
                                           entry->name, at.file, at.line),
                                  "give one of them another name");
                        valid = false;
                        break;
                }
        return valid;
}

bool host_pages_valid(const HostConfig *host, Diag *diag)
{
        bool valid = true;

        for (size_t i = 0; i < host->n_hugepages; i++)
                for (size_t j = 0; j < i; j++) {
                        const Hugepages *pages = host->hugepages + i, *first = host->hugepages + j;
                        char buf[FORMAT_SIZE_MAX];

                        if (pages->size != first->size || pages->node != first->node)
                                continue;
                        diag_hint(diag_add(diag, SEVERITY_ERROR, "config-schema", pages->origin,
                                           "pages of %s of one node twice; the first in %s:%u",
                                           format_size(pages->size, buf), first->origin.file,
                                           first->origin.line),
                                  "write one entry, or begin with 'hugepages: []'");
                        valid = false;
                        break;
                }
        return valid;
}
