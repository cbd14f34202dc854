// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/type.h"

/* Each list is a gate; merging puts them one behind the other. */
typedef struct Gates {
        PatternList *items;
        size_t n;
} Gates;

static_assert(offsetof(Devices, n_gates) == offsetof(Devices, gates) + offsetof(Gates, n),
              "the gates of Devices are Gates");

static PatternList *append_gate(Gates *gates)
{
        PatternList *items = reallocarray(gates->items, gates->n + 1, sizeof(PatternList));

        if (!items)
                return NULL;
        gates->items = items;
        items[gates->n] = (PatternList){};
        return items + gates->n++;
}

static int gates_read(Reader *reader, const Type *type, const Node *node, void *value)
{
        PatternList *gate;

        if (!reader_wants(reader, type, node, NODE_LIST))
                return 0;
        gate = append_gate(value);
        return gate ? patterns_read(reader, &type_patterns, node, gate) : -ENOMEM;
}

static int gates_merge(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        const Gates *theirs = other;

        for (size_t i = 0; i < theirs->n; i++) {
                PatternList *gate = append_gate(value);
                int r;

                if (!gate)
                        return -ENOMEM;
                r = patterns_merge(&type_patterns, gate, theirs->items + i, kinds);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void gates_done(const Type *type, void *value)
{
        Gates *gates = value;

        for (size_t i = 0; i < gates->n; i++)
                list_done(&type_patterns, gates->items + i);
        free(gates->items);
        *gates = (Gates){};
}

/* Does everything that `pattern` means pass? */
static bool gate_passes(const PatternList *gate, DevicePattern pattern)
{
        for (size_t i = 0; i < gate->n; i++) {
                const DevicePattern *g = gate->items + i;

                if (g->vendor == pattern.vendor &&
                    (g->any_device || (!pattern.any_device && g->device == pattern.device)))
                        return true;
        }
        return false;
}

/* What passes all gates is, of each gate's patterns, those that pass every other; of two alike, that
 * of the first gate. */
static bool passes_all(const Gates *gates, size_t own, DevicePattern pattern)
{
        for (size_t i = 0; i < gates->n; i++) {
                if (i != own && !gate_passes(gates->items + i, pattern))
                        return false;
                for (size_t j = 0; i < own && j < gates->items[i].n; j++) {
                        DevicePattern g = gates->items[i].items[j];

                        if (g.vendor == pattern.vendor && g.any_device == pattern.any_device &&
                            g.device == pattern.device)
                                return false;
                }
        }
        return true;
}

static int gates_walk(const Walk *walk, const Type *type, const char *key, const void *value,
                      Origin origin)
{
        const Gates *gates = value;
        int r = walk->visitor->begin_list(walk->userdata, key, origin);

        for (size_t i = 0; i < gates->n; i++)
                for (size_t j = 0; r >= 0 && j < gates->items[i].n; j++)
                        if (passes_all(gates, i, gates->items[i].items[j]))
                                r = scalar_walk(walk, &type_pattern, NULL,
                                                gates->items[i].items + j,
                                                gates->items[i].origins[j]);
        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

static const TypeOps gates_ops = {
        .read = gates_read,
        .merge = gates_merge,
        .done = gates_done,
        .walk = gates_walk,
};

const Type type_gates = {
        .name = "list of device patterns",
        .expected = "a list such as [\"10de:*\"]",
        .ops = &gates_ops,
        .size = sizeof(Gates),
        .element = &type_pattern,
};
