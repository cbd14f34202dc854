// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/builder.h"

static bool passes(const PatternList *list, PciId id)
{
        for (size_t i = 0; i < list->n; i++)
                if (device_pattern_matches(list->items[i], id))
                        return true;
        return false;
}

/* A host that has no list lets nothing pass. */
bool allow_host(const Builder *b, PciId id)
{
        return passes(&b->config->host.allowlist, id);
}

const PatternList *allow_refusing_gate(const Instance *instance, PciId id)
{
        for (size_t i = 0; i < instance->devices.n_gates; i++)
                if (!passes(instance->devices.gates + i, id))
                        return instance->devices.gates + i;
        return NULL;
}
