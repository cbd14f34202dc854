// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/qmp-stream.h"

#include <string.h>

#include "unit.h"
#include "util/buf.h"

static const char greeting[] = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n";

static void add(QmpStream *s, const char *text)
{
        assert_int_equal(qmp_stream_add(s, text, strlen(text)), 0);
}

static void kinds(void **state)
{
        _cleanup_qmp_stream_ QmpStream s = {};
        QmpMessage m;

        add(&s, greeting);
        add(&s, "\r\n  \n{\"return\": {\"a\": 1}, \"id\": 7}\n"
                "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 8}\n"
                "{\"event\": \"STOP\"}\n{\"event\": \"RESET\", \"data\": {\"guest\": true}}\n{");
        assert_int_equal(qmp_stream_next(&s, &m), 1);
        assert_int_equal(m.kind, QMP_GREETING);
        assert_false(m.has_id);
        qmp_message_done(&m);
        assert_int_equal(qmp_stream_next(&s, &m), 1);
        assert_int_equal(m.kind, QMP_RETURN);
        assert_int_equal(m.id, 7);
        assert_int_equal(json_integer_value(json_object_get(m.value, "a")), 1);
        qmp_message_done(&m);
        assert_int_equal(qmp_stream_next(&s, &m), 1);
        assert_int_equal(m.kind, QMP_ERROR);
        assert_string_equal(m.text, "no");
        qmp_message_done(&m);
        assert_int_equal(qmp_stream_next(&s, &m), 1);
        assert_int_equal(m.kind, QMP_EVENT);
        assert_string_equal(m.text, "STOP");
        assert_null(m.value);
        qmp_message_done(&m);
        assert_int_equal(qmp_stream_next(&s, &m), 1);
        assert_true(json_is_true(json_object_get(m.value, "guest")));
        qmp_message_done(&m);
        assert_int_equal(qmp_stream_next(&s, &m), 0);
}

static void split_anywhere(void **state)
{
        for (size_t at = 0; at < strlen(greeting); at++) {
                _cleanup_qmp_stream_ QmpStream s = {};
                _cleanup_qmp_message_ QmpMessage m = {};

                assert_int_equal(qmp_stream_add(&s, greeting, at), 0);
                assert_int_equal(qmp_stream_next(&s, &m), 0);
                add(&s, greeting + at);
                assert_int_equal(qmp_stream_next(&s, &m), 1);
                assert_int_equal(m.kind, QMP_GREETING);
        }
}

static void garbage(void **state)
{
        static const char *const lines[] = {
                "hello\n",
                "[]\n",
                "{}\n",
                "{\"QMP\": 1}\n",
                "{\"event\": 1}\n",
                "{\"event\": \"A\", \"data\": 1}\n",
                "{\"error\": \"no\", \"id\": 1}\n",
                "{\"error\": {\"desc\": 5}, \"id\": 1}\n",
                "{\"return\": {}} {\"return\": {}}\n",
                "{\"return\": \"\xff\"}\n",
                "{\"return\": \n",
        };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                _cleanup_qmp_stream_ QmpStream s = {};
                QmpMessage m;

                print_message("# %s", lines[i]);
                add(&s, lines[i]);
                assert_int_equal(qmp_stream_next(&s, &m), -EBADMSG);
        }
}

static void a_nul(void **state)
{
        _cleanup_qmp_stream_ QmpStream s = {};
        QmpMessage m;

        assert_int_equal(qmp_stream_add(&s, "\0{}\n", 4), 0);
        assert_int_equal(qmp_stream_next(&s, &m), -EBADMSG);
}

/* An `id` of a kind that we do not send is none. */
static void odd_ids(void **state)
{
        _cleanup_qmp_stream_ QmpStream s = {};

        add(&s,
            "{\"return\": {}, \"id\": -1}\n{\"return\": {}, \"id\": \"a\"}\n{\"return\": {}}\n");
        for (unsigned i = 0; i < 3; i++) {
                _cleanup_qmp_message_ QmpMessage m = {};

                assert_int_equal(qmp_stream_next(&s, &m), 1);
                assert_false(m.has_id);
        }
}

static void size_limit(void **state)
{
        _cleanup_qmp_stream_ QmpStream s = {};
        _cleanup_str_buf_ StrBuf b = {};
        _cleanup_qmp_message_ QmpMessage m = {};

        str_buf_add(&b, "{\"return\": \"");
        str_buf_fill(&b, 'a', QMP_MESSAGE_MAX - b.len - 3);
        str_buf_add(&b, "\"}");
        for (size_t i = 0; i < b.len; i += 4096)
                assert_int_equal(
                        qmp_stream_add(&s, b.data + i, b.len - i < 4096 ? b.len - i : 4096), 0);
        add(&s, "\n");
        assert_int_equal(qmp_stream_next(&s, &m), 1);
        qmp_message_done(&m);
        /* What the large one took is given back. */
        add(&s, "{");
        assert_true(s.capacity <= 16 * 1024);
        assert_int_equal(qmp_stream_add(&s, b.data, b.len), 0);
        assert_int_equal(qmp_stream_add(&s, "a", 1), -EMSGSIZE);
}

/* Many that wait are read without copying all of them for each. */
static void storm(void **state)
{
        static const char event[] = "{\"event\": \"STOP\"}\n";
        _cleanup_qmp_stream_ QmpStream s = {};
        unsigned n = 0;

        for (unsigned i = 0; i < 1000; i++) {
                for (unsigned j = 0; j < 100; j++)
                        add(&s, event);
                for (;;) {
                        _cleanup_qmp_message_ QmpMessage m = {};

                        if (qmp_stream_next(&s, &m) != 1)
                                break;
                        n++;
                }
                assert_true(s.capacity <= 8192);
        }
        assert_int_equal(n, 100000);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(kinds),   cmocka_unit_test(split_anywhere),
                cmocka_unit_test(garbage), cmocka_unit_test(a_nul),
                cmocka_unit_test(odd_ids), cmocka_unit_test(size_limit),
                cmocka_unit_test(storm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
