// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/json.h"

#include <inttypes.h>

#include "emit/text.h"

typedef enum JsonKind {
        KIND_MAP,
        KIND_LIST,
        KIND_TEXT,
        KIND_NUMBER,
        KIND_BOOL,
        KIND_NULL,
} JsonKind;

struct Json {
        JsonKind kind;
        char *key; /* in a map */
        char *text;
        int64_t number; /* and bools */
        Json *first, *last, *next;
        size_t n;
};

static Json *make(JsonKind kind, int64_t number)
{
        Json *json = calloc(1, sizeof(Json));

        if (json) {
                json->kind = kind;
                json->number = number;
        }
        return json;
}

Json *json_map(void)
{
        return make(KIND_MAP, 0);
}

Json *json_list(void)
{
        return make(KIND_LIST, 0);
}

Json *json_number(int64_t n)
{
        return make(KIND_NUMBER, n);
}

Json *json_bool(bool value)
{
        return make(KIND_BOOL, value);
}

Json *json_nothing(void)
{
        return make(KIND_NULL, 0);
}

Json *json_text(const char *s)
{
        Json *json = make(s ? KIND_TEXT : KIND_NULL, 0);

        if (json && s && free_and_strdup(&json->text, s) < 0)
                return json_free(json);
        return json;
}

Json *json_free(Json *json)
{
        if (!json)
                return NULL;
        for (Json *child = json->first, *next; child; child = next) {
                next = child->next;
                (void)json_free(child);
        }
        free(json->key);
        free(json->text);
        free(json);
        return NULL;
}

bool json_append(Json *container, const char *key, Json *value)
{
        if (!value)
                return false;
        if (free_and_strdup(&value->key, key) < 0) {
                (void)json_free(value);
                return false;
        }
        *(container->last ? &container->last->next : &container->first) = value;
        container->last = value;
        container->n++;
        return true;
}

size_t json_size(const Json *container)
{
        return container->n;
}

void json_put(Json **map, const char *key, Json *value)
{
        if (!*map)
                (void)json_free(value);
        else if (!json_append(*map, key, value))
                *map = json_free(*map);
}

void json_add(Json **list, Json *value)
{
        json_put(list, NULL, value);
}

Json *json_number_or_null(int64_t n)
{
        return n < 0 ? json_nothing() : json_number(n);
}

Json *json_address(PciAddress address)
{
        char buf[PCI_ADDRESS_MAX];

        return json_text(pci_address_format(address, buf));
}

Json *json_hex16(uint16_t n)
{
        char buf[sizeof("1234")];

        (void)snprintf(buf, sizeof(buf), "%04x", n);
        return json_text(buf);
}

Json *json_texts(const StrList *list)
{
        Json *array = json_list();

        for (size_t i = 0; i < list->n; i++)
                json_add(&array, json_text(list->items[i]));
        return array;
}

static void print_character(uint32_t c, StrBuf *out)
{
        if (c == '"' || c == '\\')
                str_buf_printf(out, "\\%c", (char)c);
        else if (c == '\n')
                str_buf_add(out, "\\n");
        else if (c == '\t')
                str_buf_add(out, "\\t");
        else if (c >= 0x20 && c < 0x7f)
                str_buf_add_char(out, (char)c);
        else if (c < 0x10000)
                str_buf_printf(out, "\\u%04x", c);
        else
                str_buf_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                               0xdc00 + ((c - 0x10000) & 0x3ff));
}

static void print_text(const char *s, StrBuf *out)
{
        str_buf_add_char(out, '"');
        while (*s) {
                uint32_t c = 0xfffd;
                size_t n = text_decode(s, &c);

                print_character(c, out);
                s += n > 0 ? n : 1;
        }
        str_buf_add_char(out, '"');
}

static void print(const Json *json, JsonMode mode, size_t indent, StrBuf *out);

static void print_line_end(JsonMode mode, size_t indent, StrBuf *out)
{
        if (mode != JSON_PRETTY)
                return;
        str_buf_add_char(out, '\n');
        str_buf_fill(out, ' ', indent);
}

static void print_container(const Json *json, const char *brackets, JsonMode mode, size_t indent,
                            StrBuf *out)
{
        str_buf_add_char(out, brackets[0]);
        for (const Json *child = json->first; child; child = child->next) {
                print_line_end(mode, indent + 2, out);
                if (child->key) {
                        print_text(child->key, out);
                        str_buf_add(out, mode == JSON_PRETTY ? ": " : ":");
                }
                print(child, mode, indent + 2, out);
                str_buf_add(out, child->next ? "," : "");
        }
        if (json->first)
                print_line_end(mode, indent, out);
        str_buf_add_char(out, brackets[1]);
}

static void print(const Json *json, JsonMode mode, size_t indent, StrBuf *out)
{
        switch (json->kind) {
        case KIND_MAP:
                print_container(json, "{}", mode, indent, out);
                return;
        case KIND_LIST:
                print_container(json, "[]", mode, indent, out);
                return;
        case KIND_TEXT:
                print_text(json->text, out);
                return;
        case KIND_NUMBER:
                str_buf_printf(out, "%" PRId64, json->number);
                return;
        case KIND_BOOL:
                str_buf_add(out, json->number ? "true" : "false");
                return;
        case KIND_NULL:
                str_buf_add(out, "null");
                return;
        }
}

void json_print(Json *value, JsonMode mode, StrBuf *out)
{
        if (!value) {
                out->failed = true;
                return;
        }
        print(value, mode, 0, out);
        str_buf_add_char(out, '\n');
        (void)json_free(value);
}
