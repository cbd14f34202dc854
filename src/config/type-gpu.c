// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/tables.h"
#include "util/parse.h"
#include "util/str.h"

/* `gpu: true`, one request, or a list of them. */

static const char expected[] =
        "true, {name: …}, {match: {…}, count: …}, {profile: …}, or a list of these";

/* clang-format off */
static const KeySpec gpu_request_keys[] = {
        KEY(GpuRequest, "name",    name,    type_gpu_name,     KEY_OF_ANY, "a gpus: entry's name, or an address"),
        KEY(GpuRequest, "match",   match,   type_match,        KEY_OF_ANY, "what the GPU must be"),
        KEY(GpuRequest, "count",   count,   type_gpu_count,    KEY_OF_ANY, "how many of them; one unless said"),
        KEY(GpuRequest, "profile", profile, type_vgpu_profile, KEY_OF_ANY, "the vGPU type"),
};
/* clang-format on */

static void settle_request(void *object)
{
        GpuRequest *request = object;

        request->has_match = object_has(&gpu_request_table, request, &request->match);
        request->any = request->keys.set == 0;
}

static int check_request(Reader *reader, const void *object, const Node *node)
{
        const GpuRequest *request = object;
        bool has_count = object_has(&gpu_request_table, request, &request->count);

        if (request->keys.set == 0)
                diag_hint(reader_error(reader, node, "a GPU request without keys"), "expected %s",
                          expected);
        else if (request->name && (request->has_match || has_count))
                diag_hint(reader_error(reader, node, "'name' and '%s' exclude each other",
                                       has_count ? "count" : "match"),
                          "a name means one GPU");
        return 0;
}

const KeyTable gpu_request_table = {
        .what = "a GPU request",
        .where = "gpu:",
        TABLE_OF(GpuRequest, gpu_request_keys),
        .defaults = &(const GpuRequest){ .count = 1 },
        .settle = settle_request,
        .check = check_request,
};

static GpuRequest *append(GpuRequestList *list, Origin origin)
{
        GpuRequest *items = reallocarray(list->items, list->n + 1, sizeof(GpuRequest));

        if (!items)
                return NULL;
        list->items = items;
        object_init(&gpu_request_table, items + list->n);
        items[list->n].origin = origin;
        settle_request(items + list->n);
        return items + list->n++;
}

/* A bare word: true, or false where a list was not begun. */
static int read_word(Reader *reader, const Type *type, const Node *node, GpuRequestList *list,
                     bool alone)
{
        const char *s = reader_text(reader, node);
        char show[TEXT_SHOW_MAX];
        DiagItem *item;
        bool yes;

        if (node->plain && parse_bool(s, &yes) >= 0 && (yes || alone))
                return yes && !append(list, reader_origin(reader, node)) ? -ENOMEM : 1;
        item = reader_error(reader, node, "'%s' is no value for 'gpu'", text_show(s, show));
        if (type_entry_name.check(s) && parse_bool(s, &yes) < 0 && node->plain)
                diag_hint(item, "a GPU is named {name: %s}; expected %s", text_show(s, show),
                          type->expected);
        else
                diag_hint(item, "expected %s", type->expected);
        return 0;
}

static int read_request(Reader *reader, const Type *type, const Node *node, GpuRequestList *list,
                        bool alone)
{
        GpuRequest *request;
        int r;

        if (node->kind == NODE_SCALAR && !reader_is_null(reader, node))
                return read_word(reader, type, node, list, alone);
        if (!reader_wants(reader, type, node, NODE_MAP))
                return 0;
        request = append(list, reader_origin(reader, node));
        r = request ? object_read(reader, &gpu_request_table, node, request) : -ENOMEM;
        return r < 0 ? r : 1;
}

static int gpu_read(Reader *reader, const Type *type, const Node *node, void *value)
{
        GpuRequestList *list = value;

        if (node->kind != NODE_LIST) {
                int r = read_request(reader, type, node, list, true);

                list->present = r > 0;
                return r;
        }
        list->present = true;
        FOREACH_ITEM(item, node)
        {
                int r;

                if (list->n == LIST_MAX)
                        return reader_too_long(reader, item);
                r = read_request(reader, type, item, list, false);
                if (r < 0)
                        return r;
        }
        return 1;
}

static void gpu_done(const Type *type, void *value)
{
        GpuRequestList *list = value;

        for (size_t i = 0; i < list->n; i++)
                object_done(&gpu_request_table, list->items + i);
        free(list->items);
        *list = (GpuRequestList){};
}

/* Replaces: an instance that names its GPU does not want its profile's too. */
static int gpu_merge(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        const GpuRequestList *theirs = other;
        GpuRequestList *list = value;

        gpu_done(type, list);
        list->present = true;
        for (size_t i = 0; i < theirs->n; i++) {
                GpuRequest *request = append(list, theirs->items[i].origin);
                int r;

                if (!request)
                        return -ENOMEM;
                r = object_merge(&gpu_request_table, request, theirs->items + i, kinds);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int walk_request(const Walk *walk, const char *key, const GpuRequest *request)
{
        const ConfigValue yes = { .type = CONFIG_VALUE_BOOL, .boolean = true };
        int r;

        if (request->any)
                return walk->visitor->value(walk->userdata, key, &yes, request->origin);
        r = walk->visitor->begin_map(walk->userdata, key, request->origin);
        if (r >= 0)
                r = object_walk(walk, &gpu_request_table, request);
        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

static int gpu_walk(const Walk *walk, const Type *type, const char *key, const void *value,
                    Origin origin)
{
        const ConfigValue no = { .type = CONFIG_VALUE_BOOL };
        const GpuRequestList *list = value;
        int r;

        if (list->n == 0)
                return walk->visitor->value(walk->userdata, key, &no, origin);
        if (list->n == 1)
                return walk_request(walk, key, list->items);
        r = walk->visitor->begin_list(walk->userdata, key, origin);
        for (size_t i = 0; r >= 0 && i < list->n; i++)
                r = walk_request(walk, NULL, list->items + i);
        return r < 0 ? r : walk->visitor->end(walk->userdata);
}

static const TypeOps gpu_ops = {
        .read = gpu_read,
        .merge = gpu_merge,
        .done = gpu_done,
        .walk = gpu_walk,
};

const Type type_gpu = {
        .name = "GPU requests",
        .expected = expected,
        .ops = &gpu_ops,
        .size = sizeof(GpuRequestList),
        .table = &gpu_request_table,
};
