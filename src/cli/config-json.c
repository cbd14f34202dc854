// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/config-json.h"

enum { MAX_DEPTH = 40 };

/* The maps and lists that are open, the outermost first. */
typedef struct Walk {
        Json *open[MAX_DEPTH]; /* borrowed from open[0] */
        size_t path_length[MAX_DEPTH];
        size_t depth;
        StrBuf path; /* "gpus.0.match" */
        Json *origins;
} Walk;

/* Adds to the map or list that was opened last. Takes `value`. */
static int put(Walk *w, const char *key, Json *value)
{
        return json_append(w->open[w->depth - 1], key, value) ? 0 : -ENOMEM;
}

/* Extends the path by a key or by the place in a list; returns its length before. */
static size_t enter(Walk *w, const char *key)
{
        size_t length = w->path.len;

        str_buf_add(&w->path, length > 0 ? "." : "");
        if (key)
                str_buf_add(&w->path, key);
        else
                str_buf_printf(&w->path, "%zu", json_size(w->open[w->depth - 1]));
        return length;
}

static void leave(Walk *w, size_t length)
{
        if (w->path.failed)
                return;
        w->path.len = length;
        if (w->path.data)
                w->path.data[length] = '\0';
}

static int note_origin(Walk *w, Origin origin)
{
        _cleanup_free_ char *place = NULL;

        if (!origin.file)
                return 0;
        place = format_string("%s:%u", origin.file, origin.line);
        if (!place || w->path.failed)
                return -ENOMEM;
        return json_append(w->origins, str_buf_get(&w->path), json_text(place)) ? 0 : -ENOMEM;
}

static Json *value_json(const ConfigValue *value)
{
        switch (value->type) {
        case CONFIG_VALUE_BOOL:
                return json_bool(value->boolean);
        case CONFIG_VALUE_NUMBER:
                return json_number((int64_t)value->number);
        case CONFIG_VALUE_STRING:
                return json_text(value->string);
        }
        return NULL;
}

static int on_value(void *userdata, const char *key, const ConfigValue *value, Origin origin)
{
        Walk *w = userdata;
        size_t length = enter(w, key);
        int r = note_origin(w, origin);

        leave(w, length);
        return r < 0 ? r : put(w, key, value_json(value));
}

static int begin(Walk *w, const char *key, Json *container, Origin origin)
{
        size_t length = enter(w, key);
        int r;

        if (w->depth == MAX_DEPTH) {
                (void)json_free(container);
                return -E2BIG;
        }
        r = note_origin(w, origin);
        if (r < 0) {
                (void)json_free(container);
                return r;
        }
        r = put(w, key, container);
        if (r < 0)
                return r;
        w->path_length[w->depth] = length;
        w->open[w->depth++] = container;
        return 0;
}

static int on_map(void *userdata, const char *key, Origin origin)
{
        return begin(userdata, key, json_map(), origin);
}

static int on_list(void *userdata, const char *key, Origin origin)
{
        return begin(userdata, key, json_list(), origin);
}

static int on_end(void *userdata)
{
        Walk *w = userdata;

        w->depth--;
        leave(w, w->path_length[w->depth]);
        return 0;
}

static const ConfigVisitor visitor = {
        .value = on_value,
        .begin_map = on_map,
        .begin_list = on_list,
        .end = on_end,
};

static int start(Walk *w)
{
        *w = (Walk){ .open = { json_map() }, .depth = 1, .origins = json_map() };
        return w->open[0] && w->origins ? 0 : -ENOMEM;
}

/* Takes what the walk made; NULL where it failed. */
static Json *finish(Walk *w, int r)
{
        Json *object = json_map();

        str_buf_done(&w->path);
        json_put(&object, "config", w->open[0]);
        json_put(&object, "origins", w->origins);
        return r < 0 ? json_free(object) : object;
}

Json *config_json_host(const HostConfig *host)
{
        Walk w;
        int r = start(&w);

        return finish(&w, r < 0 ? r : config_walk_host(host, &visitor, &w));
}

Json *config_json_instance(const Instance *instance)
{
        Walk w;
        int r = start(&w);

        return finish(&w, r < 0 ? r : config_walk_instance(instance, &visitor, &w));
}
