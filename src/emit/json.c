// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/json.h"

void json_put(json_t **object, const char *key, json_t *value)
{
        if (!*object) {
                json_decref(value);
                return;
        }
        if (json_object_set_new(*object, key, value) < 0) {
                json_decref(*object);
                *object = NULL;
        }
}

void json_add(json_t **array, json_t *value)
{
        if (!*array) {
                json_decref(value);
                return;
        }
        if (json_array_append_new(*array, value) < 0) {
                json_decref(*array);
                *array = NULL;
        }
}

/* Copies what is valid and puts U+FFFD for every byte that is not. */
static json_t *repaired_text(const char *s)
{
        _cleanup_str_buf_ StrBuf out = {};

        while (*s) {
                size_t n = strnlen(s, 4);
                json_t *good = NULL;

                while (n > 0 && !(good = json_stringn(s, n)))
                        n--;
                json_decref(good);
                if (n > 0)
                        str_buf_add_n(&out, s, n);
                else
                        str_buf_add(&out, "\xef\xbf\xbd");
                s += n > 0 ? n : 1;
        }
        return out.failed ? NULL : json_string(str_buf_get(&out));
}

json_t *json_text(const char *s)
{
        json_t *text;

        if (!s)
                return json_null();
        text = json_string(s);
        return text ? text : repaired_text(s);
}

json_t *json_number_or_null(int64_t n)
{
        return n < 0 ? json_null() : json_integer(n);
}

json_t *json_address(PciAddress address)
{
        char buf[PCI_ADDRESS_MAX];

        return json_string(pci_address_format(address, buf));
}

json_t *json_hex16(uint16_t n)
{
        char buf[sizeof("1234")];

        (void)snprintf(buf, sizeof(buf), "%04x", n);
        return json_string(buf);
}

json_t *json_texts(const StrList *list)
{
        json_t *array = json_array();

        for (size_t i = 0; i < list->n; i++)
                json_add(&array, json_text(list->items[i]));
        return array;
}

void json_print(json_t *value, JsonMode mode, StrBuf *out)
{
        size_t flags = JSON_ENSURE_ASCII | (mode == JSON_PRETTY ? JSON_INDENT(2) : JSON_COMPACT);
        char *text = value ? json_dumps(value, flags) : NULL;

        json_decref(value);
        if (!text) {
                out->failed = true;
                return;
        }
        str_buf_add(out, text);
        str_buf_add_char(out, '\n');
        free(text);
}
