// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/health.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"
#include "util/fd.h"

static void statuses(void **state)
{
        static const struct {
                const char *text;
                int status;
        } cases[] = {
                { "",                      0        },
                { "HTTP/1",                0        },
                { "HTTP/1.1 200",          0        },
                { "HTTP/1.1 200 OK",       200      },
                { "HTTP/1.0 302\r\n",      302      },
                { "HTTP/1.1 503 ",         503      },
                { "HTTP/1.1 2000",         -EBADMSG },
                { "HTTP/1.1 020 ",         -EBADMSG },
                { "HTTP/2 200 OK",         -EBADMSG },
                { "http/1.1 200 OK",       -EBADMSG },
                { "HTTP/1.1  200",         -EBADMSG },
                { "SSH-2.0-OpenSSH_9.2p1", -EBADMSG },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                print_message("# %zu\n", i);
                assert_int_equal(http_status(cases[i].text, strlen(cases[i].text)),
                                 cases[i].status);
        }
}

/* A server and who asks it, in one loop. */
typedef struct World {
        sd_event *event;
        Health *health;
        RunHealth what;
        int listening, served;
        const char *says; /* NULL: nothing */
        bool hangs_up, refuses;
        char request[1024], answer[256];
        unsigned n_answers;
} World;

static void on_answer(void *userdata, const char *why)
{
        World *w = userdata;

        w->n_answers++;
        (void)snprintf(w->answer, sizeof(w->answer), "%s", why ? why : "well");
}

static int on_request(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        World *w = userdata;
        ssize_t n = recv(fd, w->request, sizeof(w->request) - 1, MSG_DONTWAIT);

        w->request[n < 0 ? 0 : n] = '\0';
        if (w->says && n > 0)
                (void)!send(fd, w->says, strlen(w->says), MSG_NOSIGNAL);
        return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static int on_call(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        World *w = userdata;

        safe_close(w->served);
        w->served = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (w->hangs_up) {
                w->served = safe_close(w->served);
                return 0;
        }
        if (w->what.type == HEALTH_TCP && w->says)
                (void)!send(w->served, w->says, strlen(w->says), MSG_NOSIGNAL);
        return sd_event_add_io(w->event, NULL, w->served, EPOLLIN, on_request, w);
}

static void serve(World *w)
{
        struct sockaddr_in v4 = { .sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t size = sizeof(v4);

        assert_int_equal(bind(w->listening, (struct sockaddr *)(void *)&v4, size), 0);
        assert_int_equal(getsockname(w->listening, (struct sockaddr *)(void *)&v4, &size), 0);
        w->what.port = ntohs(v4.sin_port);
        if (w->refuses)
                return;
        assert_int_equal(listen(w->listening, 8), 0);
        assert_true(sd_event_add_io(w->event, NULL, w->listening, EPOLLIN, on_call, w) >= 0);
}

static void world_begin(World *w, HealthType type)
{
        w->what.type = type;
        w->what.address = (char *)"127.0.0.1";
        w->what.endpoint = (char *)"/health?a=b";
        if (w->what.timeout_ms == 0)
                w->what.timeout_ms = 20000;
        w->served = -EBADF;
        w->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(sd_event_new(&w->event) >= 0);
        serve(w);
        assert_int_equal(health_new(w->event, &w->what, on_answer, w, &w->health), 0);
}

static const char *ask(World *w)
{
        unsigned before = w->n_answers;

        health_ask(w->health);
        for (unsigned i = 0; w->n_answers == before && i < 1000; i++)
                assert_true(sd_event_run(w->event, 20000000) >= 0);
        assert_int_equal(w->n_answers, before + 1);
        return w->answer;
}

static void world_done(World *w)
{
        health_free(w->health);
        safe_close(w->served);
        safe_close(w->listening);
        sd_event_unref(w->event);
}
#define _cleanup_world_ _cleanup_(world_done)

static void http(void **state)
{
        static const struct {
                const char *says, *answer;
        } cases[] = {
                { "HTTP/1.0 200 OK\r\n\r\nfine",     "well"              },
                { "HTTP/1.1 301 Moved\r\n",          "well"              },
                { "HTTP/1.1 500 Internal Error\r\n", "HTTP status 500"   },
                { "HTTP/1.1 100 Continue\r\n",       "HTTP status 100"   },
                { "SSH-2.0-a\r\n",                   "no answer of HTTP" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *request = NULL;
                _cleanup_world_ World w = { .says = cases[i].says };

                world_begin(&w, HEALTH_HTTP);
                assert_string_equal(ask(&w), cases[i].answer);
                request = format_string("GET /health?a=b HTTP/1.0\r\nHost: 127.0.0.1:%u\r\n"
                                        "User-Agent: gpuhost\r\nConnection: close\r\n\r\n",
                                        w.what.port);
                assert_string_equal(w.request, request);
                /* And again, as after each interval. */
                assert_string_equal(ask(&w), cases[i].answer);
        }
}

static void no_server(void **state)
{
        _cleanup_world_ World w = { .refuses = true };

        world_begin(&w, HEALTH_TCP);
        assert_string_equal(ask(&w), "Connection refused");
        w.what.type = HEALTH_HTTP;
        assert_string_equal(ask(&w), "Connection refused");
}

static void hangs_up(void **state)
{
        _cleanup_world_ World w = { .hangs_up = true };

        world_begin(&w, HEALTH_TCP);
        assert_string_equal(ask(&w), "connection closed without an answer");
        w.what.type = HEALTH_HTTP;
        assert_non_null(
                strstr("connection closed without an answer / Connection reset by peer", ask(&w)));
}

static void says_nothing(void **state)
{
        _cleanup_world_ World w = { .what.timeout_ms = 30 };

        world_begin(&w, HEALTH_HTTP);
        assert_string_equal(ask(&w), "no answer in time");
        w.what.timeout_ms = 20000;
        w.what.type = HEALTH_TCP; /* there that is enough, if it lasts */
        assert_string_equal(ask(&w), "well");
}

static void speaks_first(void **state)
{
        _cleanup_world_ World w = { .says = "220 mail\r\n" };

        world_begin(&w, HEALTH_TCP);
        assert_string_equal(ask(&w), "well");
}

/* A question ends the one before, which is never answered. */
static void asked_twice(void **state)
{
        _cleanup_world_ World w = { .says = "HTTP/1.0 204 No\r\n" };

        world_begin(&w, HEALTH_HTTP);
        health_ask(w.health);
        assert_string_equal(ask(&w), "well");
        assert_int_equal(w.n_answers, 1);
}

static void described(void **state)
{
        RunHealth what = {
                .type = HEALTH_HTTP, .address = (char *)"::1", .port = 80, .endpoint = (char *)"/a"
        };
        _cleanup_str_buf_ StrBuf b = {};

        health_describe(&what, &b);
        str_buf_add(&b, " ");
        what.type = HEALTH_TCP;
        health_describe(&what, &b);
        assert_string_equal(str_buf_get(&b), "http://[::1]:80/a tcp [::1]:80");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(statuses),     cmocka_unit_test(http),
                cmocka_unit_test(no_server),    cmocka_unit_test(hangs_up),
                cmocka_unit_test(says_nothing), cmocka_unit_test(speaks_first),
                cmocka_unit_test(asked_twice),  cmocka_unit_test(described),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
