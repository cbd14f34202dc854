// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/record-keys.h"

enum {
        MAX_TEXT = 64 * 1024,
        MAX_TEXTS = 4096,
        MAX_VCPUS = 4096,
        MAX_CPU = 65535,
};

typedef struct Key Key;

/* How a value is read and written: of one row below. */
typedef struct Type {
        const char *expected; /* "a text" */
        int (*read)(const Key *key, json_t *value, void *member, StrBuf *why);
        json_t *(*write)(const Key *key, const void *member);
} Type;

struct Key {
        const char *name;
        size_t offset, size;
        const Type *type;
        uint64_t min, max; /* numbers; of lists the length */
        bool optional;     /* may be missing */
        bool nullable;
};

#define KEY(T, name, m, ...) { name, offsetof(T, m), sizeof(((T *)0)->m), __VA_ARGS__ }

static int read_text(const Key *key, json_t *value, void *member, StrBuf *why)
{
        char **text = member;

        if (key->nullable && json_is_null(value))
                return 0;
        if (!json_is_string(value) || json_string_length(value) > MAX_TEXT)
                return -EBADMSG;
        *text = strdup(json_string_value(value));
        return *text ? 0 : -ENOMEM;
}

static json_t *write_text(const Key *key, const void *member)
{
        const char *text = *(char *const *)member;

        return text ? json_string(text) : json_null();
}

static const Type type_text = { "a text", read_text, write_text };

static int read_texts(const Key *key, json_t *value, void *member, StrBuf *why)
{
        StrList *list = member;
        json_t *item;
        size_t i;
        int r;

        if (!json_is_array(value) || json_array_size(value) > key->max ||
            json_array_size(value) < key->min)
                return -EBADMSG;
        json_array_foreach(value, i, item)
        {
                if (!json_is_string(item) || json_string_length(item) > MAX_TEXT)
                        return -EBADMSG;
                r = str_list_add(list, json_string_value(item));
                if (r < 0)
                        return r;
        }
        return 0;
}

static json_t *write_texts(const Key *key, const void *member)
{
        const StrList *list = member;
        json_t *array = json_array();

        for (size_t i = 0; array && i < list->n; i++)
                if (json_array_append_new(array, json_string(list->items[i])) < 0) {
                        json_decref(array);
                        return NULL;
                }
        return array;
}

static const Type type_texts = { "a list of texts", read_texts, write_texts };

static bool in_range(const Key *key, const json_t *value)
{
        json_int_t n = json_integer_value(value);

        return json_is_integer(value) && n >= 0 && (uint64_t)n >= key->min &&
               (uint64_t)n <= key->max;
}

static int read_number(const Key *key, json_t *value, void *member, StrBuf *why)
{
        uint64_t n = (uint64_t)json_integer_value(value);

        if (!in_range(key, value))
                return -EBADMSG;
        switch (key->size) {
        case sizeof(uint16_t):
                *(uint16_t *)member = (uint16_t)n;
                return 0;
        case sizeof(uint32_t):
                *(uint32_t *)member = (uint32_t)n;
                return 0;
        default:
                *(uint64_t *)member = n;
                return 0;
        }
}

static json_t *write_number(const Key *key, const void *member)
{
        switch (key->size) {
        case sizeof(uint16_t):
                return json_integer(*(const uint16_t *)member);
        case sizeof(uint32_t):
                return json_integer(*(const uint32_t *)member);
        default:
                return json_integer((json_int_t)(*(const uint64_t *)member));
        }
}

static const Type type_number = { "a number in its range", read_number, write_number };

static int read_bool(const Key *key, json_t *value, void *member, StrBuf *why)
{
        if (!json_is_boolean(value))
                return -EBADMSG;
        *(bool *)member = json_is_true(value);
        return 0;
}

static json_t *write_bool(const Key *key, const void *member)
{
        return json_boolean(*(const bool *)member);
}

static const Type type_bool = { "true or false", read_bool, write_bool };

static int read_health_type(const Key *key, json_t *value, void *member, StrBuf *why)
{
        int type = json_is_string(value)
                           ? enum_from_string(&health_type_table, json_string_value(value))
                           : -EINVAL;

        if (type < 0)
                return -EBADMSG;
        *(HealthType *)member = (HealthType)type;
        return 0;
}

static json_t *write_health_type(const Key *key, const void *member)
{
        return json_string(enum_to_string(&health_type_table, (int)*(const HealthType *)member));
}

static const Type type_health_type = {
        "running, ready, http or tcp",
        read_health_type,
        write_health_type,
};

static int read_cpus(json_t *value, HostCpus *cpus)
{
        const Key cpu = { .max = MAX_CPU };
        json_t *item;
        size_t i;

        if (!json_is_array(value) || json_array_size(value) == 0 ||
            json_array_size(value) > MAX_CPU + 1)
                return -EBADMSG;
        json_array_foreach(value, i, item)
        {
                if (!in_range(&cpu, item))
                        return -EBADMSG;
                if (!host_cpus_add(cpus, (uint32_t)json_integer_value(item)))
                        return -ENOMEM;
        }
        return 0;
}

static int read_pinning(const Key *key, json_t *value, void *member, StrBuf *why)
{
        RunRecord *record = member;
        json_t *item;
        size_t i;
        int r;

        if (!json_is_array(value) || json_array_size(value) > MAX_VCPUS)
                return -EBADMSG;
        json_array_foreach(value, i, item)
        {
                if (!GROW(record->cpus, record->n_cpus))
                        return -ENOMEM;
                record->cpus[record->n_cpus++] = (HostCpus){};
                r = read_cpus(item, record->cpus + i);
                if (r < 0)
                        return r;
        }
        return 0;
}

static json_t *write_pinning(const Key *key, const void *member)
{
        const RunRecord *record = member;
        json_t *outer = json_array();

        for (size_t i = 0; outer && i < record->n_cpus; i++) {
                json_t *inner = json_array();
                int r = json_array_append_new(outer, inner);

                for (size_t j = 0; r >= 0 && j < record->cpus[i].n; j++)
                        r = json_array_append_new(inner, json_integer(record->cpus[i].items[j]));
                if (r < 0) {
                        json_decref(outer);
                        return NULL;
                }
        }
        return outer;
}

static const Type type_pinning = {
        "a list of CPU numbers for each of the machine's CPUs",
        read_pinning,
        write_pinning,
};

static const Key health_keys[] = {
        KEY(RunHealth, "type", type, &type_health_type),
        KEY(RunHealth, "address", address, &type_text, .nullable = true),
        KEY(RunHealth, "port", port, &type_number, .max = UINT16_MAX),
        KEY(RunHealth, "endpoint", endpoint, &type_text, .nullable = true),
        KEY(RunHealth, "timeout_ms", timeout_ms, &type_number, .min = 1, .max = UINT32_MAX),
        KEY(RunHealth, "interval_ms", interval_ms, &type_number, .min = 1, .max = UINT32_MAX),
        KEY(RunHealth, "retries", retries, &type_number, .max = UINT32_MAX),
};

static int read_health(const Key *key, json_t *value, void *member, StrBuf *why);
static json_t *write_health(const Key *key, const void *member);

static const Type type_health = { "a map", read_health, write_health };

static const Key record_keys[] = {
        KEY(RunRecord, "name", name, &type_text),
        KEY(RunRecord, "file", file, &type_text),
        KEY(RunRecord, "argv", argv, &type_texts, .min = 1, .max = MAX_TEXTS),
        KEY(RunRecord, "fds", fds, &type_texts, .max = RUN_FDS_MAX),
        { "cpus", 0, sizeof(RunRecord), &type_pinning, .optional = true },
        KEY(RunRecord, "memory_mb", memory_mb, &type_number, .min = 1, .max = INT64_MAX),
        KEY(RunRecord, "prealloc", prealloc, &type_bool),
        KEY(RunRecord, "gpus", gpus, &type_texts, .max = MAX_TEXTS),
        KEY(RunRecord, "health", health, &type_health),
        KEY(RunRecord, "vsock_cid", vsock_cid, &type_number, .max = UINT32_MAX - 1),
        KEY(RunRecord, "stop_timeout_usec", stop_timeout_usec, &type_number, .max = INT64_MAX),
};

static int refuse(StrBuf *why, const char *path, const char *key, const char *words)
{
        if (why->len == 0)
                str_buf_printf(why, "%s%s: %s", path, key, words);
        return -EBADMSG;
}

static int read_key(const Key *key, const char *path, json_t *map, void *base, StrBuf *why)
{
        json_t *value = json_object_get(map, key->name);
        int r;

        if (!value && key->optional)
                return 0;
        if (!value)
                return refuse(why, path, key->name, "missing");
        r = key->type->read(key, value, (char *)base + key->offset, why);
        if (r == -EBADMSG && why->len == 0)
                str_buf_printf(why, "%s%s: not %s", path, key->name, key->type->expected);
        return r;
}

/* Each key once, and no other: jansson has refused keys that stand twice. */
static int read_map(const Key *keys, size_t n, const char *path, json_t *map, void *base,
                    StrBuf *why)
{
        const char *name;
        json_t *value;

        for (size_t i = 0; i < n; i++) {
                int r = read_key(keys + i, path, map, base, why);

                if (r < 0)
                        return r;
        }
        json_object_foreach(map, name, value)
        {
                size_t i = 0;

                while (i < n && !streq(keys[i].name, name))
                        i++;
                if (i == n)
                        return refuse(why, path, name, "unknown key");
        }
        return 0;
}

static json_t *write_map(const Key *keys, size_t n, const void *base)
{
        json_t *map = json_object();

        for (size_t i = 0; map && i < n; i++) {
                const void *member = (const char *)base + keys[i].offset;

                if (json_object_set_new(map, keys[i].name, keys[i].type->write(keys + i, member)) <
                    0) {
                        json_decref(map);
                        return NULL;
                }
        }
        return map;
}

static int read_health(const Key *key, json_t *value, void *member, StrBuf *why)
{
        if (!json_is_object(value))
                return -EBADMSG;
        return read_map(health_keys, ARRAY_SIZE(health_keys), "health.", value, member, why);
}

static json_t *write_health(const Key *key, const void *member)
{
        return write_map(health_keys, ARRAY_SIZE(health_keys), member);
}

int record_keys_read(json_t *map, RunRecord *record, StrBuf *why)
{
        return read_map(record_keys, ARRAY_SIZE(record_keys), "", map, record, why);
}

json_t *record_keys_write(const RunRecord *record)
{
        return write_map(record_keys, ARRAY_SIZE(record_keys), record);
}
