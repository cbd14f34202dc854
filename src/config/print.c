// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/config.h"

#include <inttypes.h>

#include "config/instance.h"
#include "util/str.h"

int config_walk_host(const HostConfig *host, const ConfigVisitor *visitor, void *userdata)
{
        const Walk walk = { visitor, userdata, KEY_HOST };

        return object_walk(&walk, &host_table, host);
}

int config_walk_instance(const Instance *instance, const ConfigVisitor *visitor, void *userdata)
{
        const Walk walk = { visitor, userdata, instance_key_kind(instance) };

        return object_walk(&walk, &instance_table, instance);
}

enum { MAX_LEVELS = 16 };

/* YAML in block style. An empty list or map shows as one only when it ends. */
typedef struct Printer {
        StrBuf *out;
        size_t depth;
        bool list[MAX_LEVELS];
        bool empty[MAX_LEVELS]; /* nothing was printed in it yet */
        Origin origin;          /* of what was begun last and is still empty */
} Printer;

static void print_origin(const Printer *p, Origin origin)
{
        if (origin.file && origin.line)
                str_buf_printf(p->out, "  # %s:%u", origin.file, origin.line);
        else if (origin.file)
                str_buf_printf(p->out, "  # %s", origin.file);
        str_buf_add_char(p->out, '\n');
}

/* Would it be read back as this text, without quotes? */
static bool is_plain(const char *s)
{
        static const char *const words[] = { "true", "false", "yes", "no", "on",
                                             "off",  "null",  "y",   "n" };
        static const char *allowed =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";

        if ((ascii_isdigit(*s) && strspn(s, "0123456789.eE_-") == strlen(s)) || *s == '-' ||
            *s == '.' || !*s || strspn(s, allowed) != strlen(s))
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcasecmp(s, words[i]) == 0)
                        return false;
        return true;
}

static void print_string(StrBuf *out, const char *s)
{
        if (is_plain(s)) {
                str_buf_add(out, s);
                return;
        }
        str_buf_add_char(out, '"');
        for (; *s; s++) {
                if (*s == '"' || *s == '\\')
                        str_buf_printf(out, "\\%c", *s);
                else if (*s == '\n')
                        str_buf_add(out, "\\n");
                else if (*s == '\t')
                        str_buf_add(out, "\\t");
                else
                        str_buf_add_char(out, *s);
        }
        str_buf_add_char(out, '"');
}

static bool is_top(const Printer *p)
{
        return p->depth == 0;
}

/* The parent is not empty: end the line that it began. */
static void open_parent(Printer *p)
{
        if (is_top(p) || !p->empty[p->depth - 1])
                return;
        p->empty[p->depth - 1] = false;
        /* A map in a list begins on the line of its dash. */
        if (!(p->depth > 1 && p->list[p->depth - 2] && !p->list[p->depth - 1]))
                str_buf_add_char(p->out, '\n');
}

/* Two columns a level; the dash of a list's item takes those of its level. */
static void print_head(Printer *p, const char *key)
{
        bool first = !is_top(p) && p->empty[p->depth - 1];
        bool after_dash = first && p->depth > 1 && p->list[p->depth - 2] && !p->list[p->depth - 1];

        open_parent(p);
        if (!after_dash)
                str_buf_fill(p->out, ' ', p->depth * 2);
        if (key) {
                print_string(p->out, key);
                str_buf_add_char(p->out, ':');
        } else {
                str_buf_add_char(p->out, '-');
        }
}

static int print_value(void *userdata, const char *key, const ConfigValue *value, Origin origin)
{
        Printer *p = userdata;

        print_head(p, key);
        str_buf_add_char(p->out, ' ');
        switch (value->type) {
        case CONFIG_VALUE_BOOL:
                str_buf_add(p->out, value->boolean ? "true" : "false");
                break;
        case CONFIG_VALUE_NUMBER:
                str_buf_printf(p->out, "%" PRIu64, value->number);
                break;
        case CONFIG_VALUE_STRING:
                print_string(p->out, value->string);
                break;
        }
        print_origin(p, origin);
        return 0;
}

static int begin(Printer *p, const char *key, Origin origin, bool list)
{
        if (p->depth == MAX_LEVELS)
                return -E2BIG;
        print_head(p, key);
        if (!key)
                str_buf_add_char(p->out, ' ');
        p->list[p->depth] = list;
        p->empty[p->depth++] = true;
        p->origin = origin;
        return 0;
}

static int print_begin_map(void *userdata, const char *key, Origin origin)
{
        return begin(userdata, key, origin, false);
}

static int print_begin_list(void *userdata, const char *key, Origin origin)
{
        return begin(userdata, key, origin, true);
}

static int print_end(void *userdata)
{
        Printer *p = userdata;
        bool in_list = p->depth > 1 && p->list[p->depth - 2];

        p->depth--;
        if (!p->empty[p->depth])
                return 0;
        str_buf_printf(p->out, "%s%s", in_list ? "" : " ", p->list[p->depth] ? "[]" : "{}");
        print_origin(p, p->origin);
        return 0;
}

static const ConfigVisitor printer = {
        .value = print_value,
        .begin_map = print_begin_map,
        .begin_list = print_begin_list,
        .end = print_end,
};

int config_print_host(const HostConfig *host, StrBuf *out)
{
        Printer p = { .out = out };
        int r = config_walk_host(host, &printer, &p);

        return r < 0 ? r : out->failed ? -ENOMEM : 0;
}

int config_print_instance(const Instance *instance, StrBuf *out)
{
        Printer p = { .out = out };
        int r = config_walk_instance(instance, &printer, &p);

        return r < 0 ? r : out->failed ? -ENOMEM : 0;
}
