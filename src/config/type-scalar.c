// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/type.h"

#include "util/near.h"
#include "util/parse.h"
#include "util/str.h"

/* Values of one word: what numbers, words of a table and texts have in common. */

static void tell_invalid(Reader *reader, const Type *type, const Node *node)
{
        const char *s = reader_text(reader, node);
        _cleanup_str_buf_ StrBuf hint = {};
        char show[TEXT_SHOW_MAX];
        DiagItem *item = reader_error(reader, node, "'%s' is no value for '%s'", text_show(s, show),
                                      reader->key);

        if (type->advise)
                type->advise(type, s, &hint);
        if (hint.len == 0)
                type_expected(type, &hint);
        diag_hint(item, "%s", str_buf_get(&hint));
}

int scalar_read(Reader *reader, const Type *type, const Node *node, void *value)
{
        char show[TEXT_SHOW_MAX];
        int r;

        if (!reader_wants(reader, type, node, NODE_SCALAR))
                return 0;
        r = type->parse(type, reader_text(reader, node), value);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                tell_invalid(reader, type, node);
        } else if (type->unquoted && !node->plain) {
                const char *s = text_show(reader_text(reader, node), show);

                diag_hint(reader_error(reader, node, "'%s' is a %s, and \"%s\" is text",
                                       reader->key, type->name, s),
                          "write %s without quotes", s);
        } else {
                return 1;
        }
        return 0;
}

static int scalar_merge(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        memcpy(value, other, type->size);
        return 0;
}

int scalar_walk(const Walk *walk, const Type *type, const char *key, const void *value,
                Origin origin)
{
        char buf[FORMAT_MAX];
        ConfigValue v = {};

        type->format(type, value, buf, &v);
        return walk->visitor->value(walk->userdata, key, &v, origin);
}

const TypeOps scalar_ops = {
        .read = scalar_read,
        .merge = scalar_merge,
        .walk = scalar_walk,
};

int text_merge(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        return free_and_strdup(value, *(char *const *)other);
}

void text_done(const Type *type, void *value)
{
        free(TAKE_PTR(*(char **)value));
}

const TypeOps text_ops = {
        .read = scalar_read,
        .merge = text_merge,
        .done = text_done,
        .walk = scalar_walk,
};

int text_parse(const Type *type, const char *s, void *value)
{
        if (type->max && strlen(s) > type->max)
                return -EINVAL;
        return type->check(s) ? free_and_strdup(value, s) : -EINVAL;
}

void text_format(const Type *type, const void *value, char buf[static FORMAT_MAX], ConfigValue *ret)
{
        *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING, .string = *(char *const *)value };
}

static int bool_parse(const Type *type, const char *s, void *value)
{
        return parse_bool(s, value);
}

static void bool_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                        ConfigValue *ret)
{
        *ret = (ConfigValue){ .type = CONFIG_VALUE_BOOL, .boolean = *(const bool *)value };
}

/* The words that YAML 1.1 took for bool, and YAML 1.2 and JSON do not. */
static void bool_advise(const Type *type, const char *s, StrBuf *hint)
{
        static const char *const words[] = { "no", "yes", "off", "on", "n", "y", "0", "1" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcasecmp(s, words[i]) == 0)
                        str_buf_printf(hint, "write %s", i % 2 ? "true" : "false");
}

const Type type_bool = {
        .name = "bool",
        .expected = "true or false",
        .ops = &scalar_ops,
        .size = sizeof(bool),
        .parse = bool_parse,
        .format = bool_format,
        .advise = bool_advise,
        .unquoted = true,
};

static int enum_parse(const Type *type, const char *s, void *value)
{
        int v = enum_from_string(type->values, s);

        if (v < 0)
                return v;
        memcpy(value, &v, sizeof(v));
        return 0;
}

static void enum_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                        ConfigValue *ret)
{
        int v;

        memcpy(&v, value, sizeof(v));
        *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING,
                              .string = enum_to_string(type->values, v) };
}

static void enum_advise(const Type *type, const char *s, StrBuf *hint)
{
        _cleanup_free_ char *choices = enum_choices(type->values);
        Near near = { .word = s };

        for (size_t i = 0; i < type->values->n; i++)
                near_offer(&near, type->values->names[i]);
        if (near.best && choices)
                str_buf_printf(hint, "did you mean '%s'? expected %s", near.best, choices);
}

#define ENUM_TYPE(type, table)                                                                     \
        static_assert(sizeof(type##_member) == sizeof(int), "enums are as wide as int");           \
        const Type type = {                                                                        \
                .name = "word",                                                                    \
                .ops = &scalar_ops,                                                                \
                .size = sizeof(int),                                                               \
                .parse = enum_parse,                                                               \
                .format = enum_format,                                                             \
                .advise = enum_advise,                                                             \
                .values = &table,                                                                  \
        }

ENUM_TYPE(type_role, gpu_role_table);
ENUM_TYPE(type_policy, gpu_policy_table);
ENUM_TYPE(type_engine, engine_table);
ENUM_TYPE(type_accel, accel_table);
ENUM_TYPE(type_firmware_kind, firmware_type_table);
ENUM_TYPE(type_disk_format, disk_format_table);
ENUM_TYPE(type_network_kind, network_type_table);
ENUM_TYPE(type_health_kind, health_type_table);
ENUM_TYPE(type_restart, restart_policy_table);
