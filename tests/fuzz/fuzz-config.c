// SPDX-License-Identifier: LGPL-2.1-or-later
/* Configuration files, the first byte says of which kind: what is refused is refused with a place, and
 * what is taken prints as YAML that loads again and means the same. */
#include "config/file.h"
#include "config/tables.h"
#include "fuzz.h"

typedef union Object {
        HostConfig host;
        Instance instance;
} Object;

typedef struct Kind {
        KeyKinds kind;
        const KeyTable *table;
} Kind;

static const Kind kinds[] = {
        { KEY_HOST,      &host_table     },
        { KEY_VM,        &instance_table },
        { KEY_CONTAINER, &instance_table },
        { KEY_PROFILE,   &instance_table },
};

/* True when the whole of it is right. */
static bool load(const Kind *kind, const char *text, size_t n, Object *object)
{
        _cleanup_(doc_done) Doc doc = {};
        _cleanup_diag_ Diag diag = {};
        _cleanup_free_ char *copy = fuzz_string((const uint8_t *)text, n);
        Reader reader = { .doc = &doc, .diag = &diag, .file = "fuzz", .kind = kind->kind };
        SyntaxError error;
        int r = doc_parse(&doc, copy, n, &error);

        HOLDS(r == 0 || r == -EBADMSG);
        if (r < 0) {
                HOLDS(error.line > 0 && error.message[0]);
                return false;
        }
        if (doc.n == 0 || doc.nodes[0].kind != NODE_MAP)
                return false;
        HOLDS(object_read(&reader, kind->table, doc.nodes, object) >= 0);
        for (size_t i = 0; i < diag.n; i++)
                HOLDS(diag.items[i].line > 0 && diag.items[i].message[0]);
        return reader.n_errors == 0;
}

static int show_key(StrBuf *out, const char *key)
{
        str_buf_printf(out, "%s=", key ? key : "-");
        return 0;
}

static int show_value(void *userdata, const char *key, const ConfigValue *value, Origin origin)
{
        static const char *const words[] = { "false", "true" };

        show_key(userdata, key);
        if (value->type == CONFIG_VALUE_BOOL)
                str_buf_add(userdata, words[value->boolean]);
        else if (value->type == CONFIG_VALUE_NUMBER)
                str_buf_printf(userdata, "%llu", (unsigned long long)value->number);
        else
                str_buf_printf(userdata, "'%s'", value->string);
        str_buf_add_char(userdata, '\n');
        return 0;
}

static int show_begin(void *userdata, const char *key, Origin origin)
{
        show_key(userdata, key);
        str_buf_add(userdata, "{\n");
        return 0;
}

static int show_end(void *userdata)
{
        str_buf_add(userdata, "}\n");
        return 0;
}

static void show(const Kind *kind, const Object *object, StrBuf *out)
{
        static const ConfigVisitor visitor = {
                .value = show_value,
                .begin_map = show_begin,
                .begin_list = show_begin,
                .end = show_end,
        };

        if (kind->kind == KEY_HOST)
                HOLDS(config_walk_host(&object->host, &visitor, out) == 0);
        else
                HOLDS(config_walk_instance(&object->instance, &visitor, out) == 0);
}

static void print(const Kind *kind, const Object *object, StrBuf *out)
{
        if (kind->kind == KEY_HOST)
                HOLDS(config_print_host(&object->host, out) == 0);
        else
                HOLDS(config_print_instance(&object->instance, out) == 0);
}

static void begin(const Kind *kind, Object *object)
{
        *object = (Object){};
        object_init(kind->table, object);
        if (kind->kind != KEY_HOST)
                object->instance.kind = kind->kind == KEY_VM          ? INSTANCE_VM
                                        : kind->kind == KEY_CONTAINER ? INSTANCE_CONTAINER
                                                                      : INSTANCE_PROFILE;
}

static void check_round_trip(const Kind *kind, const Object *object)
{
        _cleanup_str_buf_ StrBuf yaml = {}, meaning = {}, meaning_again = {};
        Object again;

        print(kind, object, &yaml);
        show(kind, object, &meaning);
        if (meaning.len == 0)
                return; /* nothing was said: nothing but comments is printed */
        begin(kind, &again);
        HOLDS(load(kind, str_buf_get(&yaml), yaml.len, &again));
        show(kind, &again, &meaning_again);
        HOLDS(strcmp(str_buf_get(&meaning), str_buf_get(&meaning_again)) == 0);
        object_done(kind->table, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const Kind *kind;
        Object object;

        if (size == 0)
                return 0;
        kind = kinds + data[0] % ARRAY_SIZE(kinds);
        begin(kind, &object);
        if (load(kind, (const char *)data + 1, size - 1, &object))
                check_round_trip(kind, &object);
        object_done(kind->table, &object);
        return 0;
}
