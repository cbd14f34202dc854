// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/json.h"

#include "unit.h"

static void assert_prints(json_t *value, JsonMode mode, const char *expected)
{
        _cleanup_str_buf_ StrBuf out = {};

        json_print(value, mode, &out);
        assert_false(out.failed);
        assert_string_equal(str_buf_get(&out), expected);
}

static void text_is_always_json(void **state)
{
        assert_prints(json_pack("[o]", json_text(NULL)), JSON_SHORT, "[null]\n");
        assert_prints(json_pack("[o]", json_text("a\"b\n\033")), JSON_SHORT,
                      "[\"a\\\"b\\n\\u001B\"]\n");
        assert_prints(json_pack("[o]", json_text("caf\xc3\xa9")), JSON_SHORT, "[\"caf\\u00E9\"]\n");
        assert_prints(json_pack("[o]", json_text("caf\xe9 \xc3\xa9\xff")), JSON_SHORT,
                      "[\"caf\\uFFFD \\u00E9\\uFFFD\"]\n");
}

static void keys_stay_in_their_order(void **state)
{
        json_t *object = json_object();

        json_put(&object, "z", json_number_or_null(-1));
        json_put(&object, "a", json_number_or_null(0));
        json_put(&object, "h", json_hex16(0xa));
        json_put(&object, "p", json_address((PciAddress){ .domain = 0x10000, .bus = 0xe2 }));
        assert_prints(json_deep_copy(object), JSON_SHORT,
                      "{\"z\":null,\"a\":0,\"h\":\"000a\",\"p\":\"10000:e2:00.0\"}\n");
        assert_prints(object, JSON_PRETTY,
                      "{\n  \"z\": null,\n  \"a\": 0,\n  \"h\": \"000a\",\n"
                      "  \"p\": \"10000:e2:00.0\"\n}\n");
}

static void short_memory_is_seen_at_the_end(void **state)
{
        _cleanup_str_buf_ StrBuf out = {};
        json_t *object = json_object(), *array = json_array();

        json_put(&object, "a", NULL);
        assert_null(object);
        json_put(&object, "b", json_true());
        json_add(&array, NULL);
        assert_null(array);
        json_add(&array, json_string("freed"));
        json_print(object, JSON_SHORT, &out);
        assert_true(out.failed);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(text_is_always_json),
                cmocka_unit_test(keys_stay_in_their_order),
                cmocka_unit_test(short_memory_is_seen_at_the_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
