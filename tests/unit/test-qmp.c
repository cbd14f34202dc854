// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/qmp.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"
#include "util/buf.h"
#include "util/fd.h"

/* QEMU, as a test plays it: what is said is noted, a letter a call. */
typedef struct Peer {
        sd_event *event;
        Qmp *qmp;
        int fd; /* QEMU's end */
        StrBuf log;
        unsigned n_events;
        unsigned ask_again; /* commands that are sent at each greeting */
} Peer;

static void on_reply(void *userdata, int error, json_t *value, const char *text)
{
        Peer *p = userdata;

        if (error == 0)
                str_buf_printf(&p->log, "[return %d]",
                               (int)json_integer_value(json_object_get(value, "n")));
        else if (error == -EREMOTEIO)
                str_buf_printf(&p->log, "[error %s]", text);
        else
                str_buf_printf(&p->log, "[%s]", error == -ETIMEDOUT ? "late" : "?");
}

static void on_greeted(void *userdata)
{
        Peer *p = userdata;

        str_buf_add(&p->log, "[greeted]");
        for (unsigned i = 0; i < p->ask_again; i++)
                (void)!qmp_command(p->qmp, "query-status", 0, on_reply);
}

static void on_event(void *userdata, const char *name, json_t *data)
{
        Peer *p = userdata;

        if (p->n_events++ < 3)
                str_buf_printf(&p->log, "[%s%s]", name, data ? " data" : "");
}

static void on_ended(void *userdata, int error)
{
        Peer *p = userdata;

        str_buf_printf(&p->log, "[ended %s]",
                       error == 0           ? "well"
                       : error == -EMSGSIZE ? "large"
                                            : "badly");
}

static const QmpHandlers handlers = { on_greeted, on_event, on_ended };

static void peer_begin(Peer *p)
{
        int pair[2];

        assert_true(sd_event_new(&p->event) >= 0);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        p->fd = pair[1];
        assert_int_equal(qmp_new(p->event, pair[0], &handlers, p, &p->qmp), 0);
}

static void peer_done(Peer *p)
{
        qmp_free(p->qmp);
        sd_event_unref(p->event);
        safe_close(p->fd);
        str_buf_done(&p->log);
}
#define _cleanup_peer_ _cleanup_(peer_done)

/* Until nothing is left to do. */
static void settle(Peer *p)
{
        while (sd_event_run(p->event, 0) > 0)
                ;
}

static void say(Peer *p, const char *text)
{
        assert_int_equal(write_all(p->fd, text, strlen(text)), 0);
        settle(p);
}

static const char *heard(Peer *p)
{
        static char text[4096];
        ssize_t n;

        settle(p);
        n = recv(p->fd, text, sizeof(text) - 1, MSG_DONTWAIT);
        text[n < 0 ? 0 : n] = '\0';
        return text;
}

static void conversation(void **state)
{
        _cleanup_peer_ Peer p = {};

        peer_begin(&p);
        say(&p, "{\"QMP\": {}}\r\n");
        assert_int_equal(qmp_command(p.qmp, "qmp_capabilities", 0, on_reply), 0);
        assert_string_equal(heard(&p), "{\"execute\":\"qmp_capabilities\",\"id\":1}\n");
        say(&p, "{\"event\": \"RES");
        say(&p,
            "UME\"}\n{\"return\": {\"n\": 5}, \"id\": 1}\n{\"return\": {\"n\": 5}, \"id\": 1}\n");
        assert_int_equal(qmp_command(p.qmp, "quit", 0, on_reply), 0);
        assert_string_equal(heard(&p), "{\"execute\":\"quit\",\"id\":2}\n");
        say(&p, "{\"error\": {\"desc\": \"never\"}, \"id\": 2}\n");
        p.fd = safe_close(p.fd);
        settle(&p);
        assert_string_equal(str_buf_get(&p.log),
                            "[greeted][RESUME][return 5][error never][ended well]");
        assert_int_equal(qmp_command(p.qmp, "quit", 0, on_reply), -EPIPE);
}

static void nonsense(void **state)
{
        static const char *const words[] = {
                "hello\n",
                "{\"return\": {}}\n",            /* to no command */
                "{\"return\": {}, \"id\": 2}\n", /* to one that comes later */
                "{\"return\": {}, \"id\": 0}\n",
        };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                _cleanup_peer_ Peer p = {};

                peer_begin(&p);
                assert_int_equal(qmp_command(p.qmp, "quit", 0, on_reply), 0);
                say(&p, words[i]);
                assert_string_equal(str_buf_get(&p.log), "[ended badly]");
        }
}

static void too_large(void **state)
{
        _cleanup_peer_ Peer p = {};
        char block[64 * 1024];

        peer_begin(&p);
        memset(block, ' ', sizeof(block));
        block[0] = '{';
        for (unsigned i = 0; i < 32 && p.log.len == 0; i++) {
                assert_true(send(p.fd, block, sizeof(block), MSG_NOSIGNAL) > 0);
                settle(&p);
        }
        assert_string_equal(str_buf_get(&p.log), "[ended large]");
}

static void no_answer(void **state)
{
        _cleanup_peer_ Peer p = {};

        peer_begin(&p);
        assert_int_equal(qmp_command(p.qmp, "quit", 1000, on_reply), 0);
        while (p.log.len == 0)
                assert_true(sd_event_run(p.event, 1000000) > 0);
        /* What comes too late is not nonsense. */
        say(&p, "{\"return\": {}, \"id\": 1}\n{\"event\": \"STOP\"}\n");
        assert_string_equal(str_buf_get(&p.log), "[late][STOP]");
}

/* A peer that reads nothing, and says hello without end: nothing here grows, and nothing waits. */
static void deaf(void **state)
{
        _cleanup_peer_ Peer p = {};
        int size = 1;

        peer_begin(&p);
        (void)setsockopt(p.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
        p.ask_again = 5;
        for (unsigned i = 0; i < 1000; i++)
                say(&p, "{\"QMP\": {}}\n");
        assert_int_equal(qmp_command(p.qmp, "quit", 0, on_reply), -EBUSY);
}

/* Between any two rounds of a storm others get their turn. */
static int on_turn(sd_event_source *source, uint64_t usec, void *userdata)
{
        Peer *p = userdata;

        str_buf_printf(&p->log, "(turn %s)", p->n_events < 10000 ? "early" : "late");
        return 0;
}

static void storm(void **state)
{
        static const char event[] = "{\"event\": \"STOP\", \"data\": {}}\n";
        _cleanup_peer_ Peer p = {};
        _cleanup_str_buf_ StrBuf many = {};

        peer_begin(&p);
        for (unsigned i = 0; i < 1000; i++)
                str_buf_add(&many, event);
        assert_true(sd_event_add_time_relative(p.event, NULL, CLOCK_MONOTONIC, 0, 0, on_turn, &p) >=
                    0);
        for (unsigned i = 0; i < 10; i++) {
                assert_int_equal(write_all(p.fd, many.data, many.len), 0);
                (void)sd_event_run(p.event, 0);
                settle(&p);
        }
        assert_int_equal(p.n_events, 10000);
        assert_non_null(strstr(str_buf_get(&p.log), "(turn early)"));
}

/* All that was said is heard, although the one who said it has gone. */
static void drained(void **state)
{
        _cleanup_peer_ Peer p = {};

        peer_begin(&p);
        assert_int_equal(write_all(p.fd, "{\"event\": \"SHUTDOWN\"}\n{\"ev", 26), 0);
        p.fd = safe_close(p.fd);
        qmp_drain(p.qmp);
        assert_string_equal(str_buf_get(&p.log), "[SHUTDOWN][ended well]");
        qmp_drain(p.qmp);
        settle(&p);
        assert_string_equal(str_buf_get(&p.log), "[SHUTDOWN][ended well]");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(conversation), cmocka_unit_test(nonsense),
                cmocka_unit_test(too_large),    cmocka_unit_test(no_answer),
                cmocka_unit_test(deaf),         cmocka_unit_test(storm),
                cmocka_unit_test(drained),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
