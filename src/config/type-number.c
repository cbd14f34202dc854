// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/type.h"

#include <inttypes.h>

#include "util/parse.h"
#include "util/str.h"

static uint64_t load(const Type *type, const void *value)
{
        switch (type->size) {
        case sizeof(uint16_t):
                return *(const uint16_t *)value;
        case sizeof(uint32_t):
                return *(const uint32_t *)value;
        default:
                return *(const uint64_t *)value;
        }
}

static void store(const Type *type, void *value, uint64_t v)
{
        switch (type->size) {
        case sizeof(uint16_t):
                *(uint16_t *)value = (uint16_t)v;
                break;
        case sizeof(uint32_t):
                *(uint32_t *)value = (uint32_t)v;
                break;
        default:
                *(uint64_t *)value = v;
        }
}

static int store_in_range(const Type *type, void *value, uint64_t v)
{
        if (v < type->min || v > type->max)
                return -ERANGE;
        store(type, value, v);
        return 0;
}

/* YAML 1.1 reads 010 as eight, YAML 1.2 as ten, JSON not at all. */
static bool has_leading_zero(const char *s)
{
        return s[0] == '0' && ascii_isdigit(s[1]);
}

static int number_parse(const Type *type, const char *s, void *value)
{
        uint64_t v;
        int r = has_leading_zero(s) ? -EINVAL : parse_u64(s, &v);

        return r < 0 ? r : store_in_range(type, value, v);
}

static void number_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                          ConfigValue *ret)
{
        *ret = (ConfigValue){ .type = CONFIG_VALUE_NUMBER, .number = load(type, value) };
}

static void number_advise(const Type *type, const char *s, StrBuf *hint)
{
        uint64_t v;

        if (has_leading_zero(s) && parse_u64(s, &v) >= 0)
                str_buf_printf(hint, "write %" PRIu64 ": a leading zero means different things", v);
        else
                str_buf_printf(hint, "expected %s from %" PRIu64 " to %" PRIu64, type->expected,
                               type->min, type->max);
}

static void megabytes_advise(const Type *type, const char *s, StrBuf *hint)
{
        uint64_t v;

        if (parse_size(s, &v) >= 0 && !has_leading_zero(s) && v >> 20 && v >> 20 <= type->max &&
            !ascii_isdigit(s[strlen(s) - 1]))
                str_buf_printf(hint, "write %" PRIu64 ": it counts MiB", v >> 20);
        else
                number_advise(type, s, hint);
}

static void milliseconds_advise(const Type *type, const char *s, StrBuf *hint)
{
        uint64_t v;

        if (parse_duration(s, &v) >= 0 && !has_leading_zero(s) && v / 1000 >= type->min &&
            v / 1000 <= type->max && !ascii_isdigit(s[strlen(s) - 1]))
                str_buf_printf(hint, "write %" PRIu64 ": it counts milliseconds", v / 1000);
        else
                number_advise(type, s, hint);
}

#define NUMBER_TYPE_ADVISED(type, min_, max_, expected_, advise_)                                  \
        const Type type = {                                                                        \
                .name = "number",                                                                  \
                .expected = expected_,                                                             \
                .ops = &scalar_ops,                                                                \
                .size = sizeof(type##_member),                                                     \
                .parse = number_parse,                                                             \
                .format = number_format,                                                           \
                .advise = advise_,                                                                 \
                .unquoted = true,                                                                  \
                .min = min_,                                                                       \
                .max = max_,                                                                       \
        }
#define NUMBER_TYPE(type, min, max)                                                                \
        NUMBER_TYPE_ADVISED(type, min, max, "a whole number", number_advise)

NUMBER_TYPE(type_cpu_cores, 1, 4096);
NUMBER_TYPE(type_replicas, 1, 256);
NUMBER_TYPE(type_gpu_count, 1, 256);
NUMBER_TYPE(type_vfs, 1, 65535);
NUMBER_TYPE(type_page_count, 1, 16777216);
NUMBER_TYPE(type_node, 0, 1023);
NUMBER_TYPE(type_port, 1, 65535);
NUMBER_TYPE(type_retries, 1, 1000);
NUMBER_TYPE_ADVISED(type_memory_mb, 1, 67108864, "a whole number of MiB", megabytes_advise);
NUMBER_TYPE_ADVISED(type_milliseconds, 1, 86400000, "a whole number of milliseconds",
                    milliseconds_advise);

static int size_parse(const Type *type, const char *s, void *value)
{
        uint64_t v;
        int r = has_leading_zero(s) ? -EINVAL : parse_size(s, &v);

        return r < 0 ? r : store_in_range(type, value, v);
}

static void size_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                        ConfigValue *ret)
{
        static_assert((size_t)FORMAT_MAX >= (size_t)FORMAT_SIZE_MAX, "a size fits");
        *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING,
                              .string = format_size(load(type, value), buf) };
}

const Type type_size = {
        .name = "size",
        .expected = "a size such as 512M, 70G or 16GiB",
        .ops = &scalar_ops,
        .size = sizeof(uint64_t),
        .parse = size_parse,
        .format = size_format,
        .min = 1,
        .max = UINT64_C(1) << 60,
};

static int duration_parse(const Type *type, const char *s, void *value)
{
        uint64_t v;
        int r = has_leading_zero(s) ? -EINVAL : parse_duration(s, &v);

        return r < 0 ? r : store_in_range(type, value, v);
}

static void duration_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                            ConfigValue *ret)
{
        static_assert((size_t)FORMAT_MAX >= (size_t)FORMAT_DURATION_MAX, "a duration fits");
        *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING,
                              .string = format_duration(load(type, value), buf) };
}

const Type type_duration = {
        .name = "duration",
        .expected = "a duration such as 30s or 5min, from 1s to 1d",
        .ops = &scalar_ops,
        .size = sizeof(uint64_t),
        .parse = duration_parse,
        .format = duration_format,
        .min = UINT64_C(1000000),
        .max = UINT64_C(86400000000),
};

/* The huge pages that x86-64 and arm64 with 4K pages have. */
static int page_size_parse(const Type *type, const char *s, void *value)
{
        uint64_t v;
        int r = parse_size(s, &v);

        if (r < 0)
                return r;
        if (v != UINT64_C(2) << 20 && v != UINT64_C(1) << 30)
                return -ERANGE;
        store(type, value, v);
        return 0;
}

const Type type_page_size = {
        .name = "page size",
        .expected = "2M or 1G",
        .ops = &scalar_ops,
        .size = sizeof(uint64_t),
        .parse = page_size_parse,
        .format = size_format,
};

static int hugepages_parse(const Type *type, const char *s, void *value)
{
        if (!streq(s, "none"))
                return page_size_parse(type, s, value);
        store(type, value, 0);
        return 0;
}

static void hugepages_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                             ConfigValue *ret)
{
        if (load(type, value))
                size_format(type, value, buf, ret);
        else
                *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING, .string = "none" };
}

const Type type_hugepages = {
        .name = "page size",
        .expected = "2M, 1G or none",
        .ops = &scalar_ops,
        .size = sizeof(uint64_t),
        .parse = hugepages_parse,
        .format = hugepages_format,
};

static int numa_parse(const Type *type, const char *s, void *value)
{
        NumaChoice choice = {};
        int r;

        if (streq(s, "none")) {
                choice.mode = NUMA_NONE;
        } else if (!streq(s, "auto")) {
                r = number_parse(&type_node, s, &choice.node);
                if (r < 0)
                        return r;
                choice.mode = NUMA_NODE;
        }
        memcpy(value, &choice, sizeof(choice));
        return 0;
}

static void numa_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                        ConfigValue *ret)
{
        const NumaChoice *choice = value;

        if (choice->mode == NUMA_NODE)
                *ret = (ConfigValue){ .type = CONFIG_VALUE_NUMBER, .number = choice->node };
        else
                *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING,
                                      .string = choice->mode == NUMA_AUTO ? "auto" : "none" };
}

const Type type_numa = {
        .name = "NUMA node",
        .expected = "auto, none or the number of a node",
        .ops = &scalar_ops,
        .size = sizeof(NumaChoice),
        .parse = numa_parse,
        .format = numa_format,
};
