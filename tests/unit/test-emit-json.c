// SPDX-License-Identifier: LGPL-2.1-or-later
#include "emit/json.h"

#include "unit.h"

static void assert_prints(Json *value, JsonMode mode, const char *expected)
{
        _cleanup_str_buf_ StrBuf out = {};

        json_print(value, mode, &out);
        assert_false(out.failed);
        assert_string_equal(str_buf_get(&out), expected);
}

static void text_is_always_json(void **state)
{
        static const struct {
                const char *raw, *json;
        } rows[] = {
                { NULL,                   "null\n"                          },
                { "",                     "\"\"\n"                          },
                { "a\"b\\c/",             "\"a\\\"b\\\\c/\"\n"              },
                { "a\nb\tc\rd\033",       "\"a\\nb\\tc\\u000dd\\u001b\"\n"  },
                { "\x7f\xc2\x9b",         "\"\\u007f\\u009b\"\n"            },
                { "caf\xc3\xa9",          "\"caf\\u00e9\"\n"                },
                { "caf\xe9 \xc3\xa9\xff", "\"caf\\ufffd \\u00e9\\ufffd\"\n" },
                { "\xf0\x9f\x90\xa7",     "\"\\ud83d\\udc27\"\n"            },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                assert_prints(json_text(rows[i].raw), JSON_SHORT, rows[i].json);
}

static Json *sample(void)
{
        Json *map = json_map(), *list = json_list();

        json_add(&list, json_bool(true));
        json_add(&list, json_map());
        json_put(&map, "z", json_number_or_null(-1));
        json_put(&map, "a", json_number(INT64_MAX));
        json_put(&map, "h\n", json_hex16(0xa));
        json_put(&map, "p", json_address((PciAddress){ .domain = 0x10000, .bus = 0xe2 }));
        json_put(&map, "l", list);
        json_put(&map, "e", json_list());
        return map;
}

static void keys_stay_in_their_order(void **state)
{
        assert_prints(sample(), JSON_SHORT,
                      "{\"z\":null,\"a\":9223372036854775807,\"h\\n\":\"000a\","
                      "\"p\":\"10000:e2:00.0\",\"l\":[true,{}],\"e\":[]}\n");
        assert_prints(sample(), JSON_PRETTY,
                      "{\n  \"z\": null,\n  \"a\": 9223372036854775807,\n  \"h\\n\": \"000a\",\n"
                      "  \"p\": \"10000:e2:00.0\",\n  \"l\": [\n    true,\n    {}\n  ],\n"
                      "  \"e\": []\n}\n");
}

static void short_memory_is_seen_at_the_end(void **state)
{
        _cleanup_str_buf_ StrBuf out = {};
        Json *map = json_map(), *list = json_list();

        json_put(&map, "a", json_text("freed"));
        json_put(&map, "b", NULL);
        assert_null(map);
        json_put(&map, "c", json_bool(true));
        json_add(&list, NULL);
        assert_null(list);
        json_add(&list, json_text("freed too"));
        json_print(map, JSON_SHORT, &out);
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
