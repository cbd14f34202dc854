// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/config-json.h"

enum { MAX_DEPTH = 40 };

/* The maps and lists that are open, the outermost first. */
typedef struct Walk {
        json_t *open[MAX_DEPTH]; /* borrowed from open[0] */
        size_t path_length[MAX_DEPTH];
        size_t depth;
        StrBuf path; /* "gpus.0.match" */
        json_t *origins;
} Walk;

/* Adds to the map or list that was opened last. Takes `value`. */
static int put(Walk *w, const char *key, json_t *value)
{
        json_t *parent = w->open[w->depth - 1];
        int r = key ? json_object_set_new(parent, key, value)
                    : json_array_append_new(parent, value);

        return r < 0 ? -ENOMEM : 0;
}

/* Extends the path by a key or by the place in a list; returns its length before. */
static size_t enter(Walk *w, const char *key)
{
        size_t length = w->path.len;

        str_buf_add(&w->path, length > 0 ? "." : "");
        if (key)
                str_buf_add(&w->path, key);
        else
                str_buf_printf(&w->path, "%zu", json_array_size(w->open[w->depth - 1]));
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
        return json_object_set_new(w->origins, str_buf_get(&w->path), json_text(place)) < 0
                       ? -ENOMEM
                       : 0;
}

static json_t *value_json(const ConfigValue *value)
{
        switch (value->type) {
        case CONFIG_VALUE_BOOL:
                return json_boolean(value->boolean);
        case CONFIG_VALUE_NUMBER:
                return json_integer((json_int_t)value->number);
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

static int begin(Walk *w, const char *key, json_t *container, Origin origin)
{
        size_t length = enter(w, key);
        int r;

        if (w->depth == MAX_DEPTH) {
                json_decref(container);
                return -E2BIG;
        }
        r = note_origin(w, origin);
        if (r < 0) {
                json_decref(container);
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
        return begin(userdata, key, json_object(), origin);
}

static int on_list(void *userdata, const char *key, Origin origin)
{
        return begin(userdata, key, json_array(), origin);
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

/* Takes what the walk made. */
static json_t *finish(Walk *w, int r)
{
        json_t *object = json_object();

        str_buf_done(&w->path);
        json_put(&object, "config", w->open[0]);
        json_put(&object, "origins", w->origins);
        if (r >= 0)
                return object;
        json_decref(object);
        return NULL;
}

static void start(Walk *w)
{
        *w = (Walk){ .open = { json_object() }, .depth = 1, .origins = json_object() };
}

json_t *config_json_host(const HostConfig *host)
{
        Walk w;

        start(&w);
        return finish(&w, config_walk_host(host, &visitor, &w));
}

json_t *config_json_instance(const Instance *instance)
{
        Walk w;

        start(&w);
        return finish(&w, config_walk_instance(instance, &visitor, &w));
}
