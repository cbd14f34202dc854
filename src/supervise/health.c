// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/health.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "util/fd.h"

enum {
        MAX_ANSWER = 64,             /* of which the status is looked at */
        TCP_HOLDS_USEC = 500 * 1000, /* see on_held() */
};

struct Health {
        sd_event *event;
        const RunHealth *what;
        HealthAnswer answer;
        void *userdata;
        int fd;
        sd_event_source *source, *timer, *hold;
        bool connected;
        char text[MAX_ANSWER];
        size_t n;
};

static void hang_up(Health *h)
{
        h->source = sd_event_source_disable_unref(h->source);
        h->timer = sd_event_source_disable_unref(h->timer);
        h->hold = sd_event_source_disable_unref(h->hold);
        h->fd = safe_close(h->fd);
        h->connected = false;
        h->n = 0;
}

Health *health_free(Health *h)
{
        if (!h)
                return NULL;
        hang_up(h);
        sd_event_unref(h->event);
        free(h);
        return NULL;
}

static int answer(Health *h, const char *why)
{
        hang_up(h);
        h->answer(h->userdata, why);
        return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
        Health *h = userdata;

        return answer(h, h->connected ? "no answer in time" : "no connection in time");
}

/*
 * A forwarded port of a user network is QEMU's, which takes the connection before it asks the guest, and
 * hangs up where the guest refuses. So a connection counts when it lasts, or when somebody speaks.
 */
static int on_held(sd_event_source *source, uint64_t usec, void *userdata)
{
        return answer(userdata, NULL);
}

static void add_host(const RunHealth *what, StrBuf *out)
{
        bool v6 = strchr(what->address, ':');

        str_buf_printf(out, "%s%s%s:%u", v6 ? "[" : "", what->address, v6 ? "]" : "", what->port);
}

static int send_request(Health *h)
{
        _cleanup_str_buf_ StrBuf b = {};
        ssize_t n;

        str_buf_printf(&b, "GET %s HTTP/1.0\r\nHost: ", h->what->endpoint);
        add_host(h->what, &b);
        str_buf_add(&b, "\r\nUser-Agent: gpuhost\r\nConnection: close\r\n\r\n");
        if (b.failed)
                return -ENOMEM;
        /* A fresh socket has room for all of it. */
        n = send(h->fd, b.data, b.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
                return -errno;
        return (size_t)n == b.len ? 0 : -ENOBUFS;
}

static int on_connected(Health *h)
{
        int error = 0, r;
        socklen_t size = sizeof(error);

        if (getsockopt(h->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
                error = errno;
        if (error != 0)
                return answer(h, strerror(error));
        h->connected = true;
        r = sd_event_source_set_io_events(h->source, EPOLLIN);
        if (r >= 0 && h->what->type == HEALTH_HTTP)
                r = send_request(h);
        else if (r >= 0)
                r = sd_event_add_time_relative(h->event, &h->hold, CLOCK_MONOTONIC, TCP_HOLDS_USEC,
                                               0, on_held, h);
        return r < 0 ? answer(h, strerror(-r)) : 0;
}

static int judge_http(Health *h)
{
        char why[64];
        int status = http_status(h->text, h->n);

        if (status == 0)
                return 0;
        if (status < 0)
                return answer(h, "no answer of HTTP");
        if (status >= 200 && status < 400)
                return answer(h, NULL);
        (void)snprintf(why, sizeof(why), "HTTP status %d", status);
        return answer(h, why);
}

static int on_answer(Health *h)
{
        ssize_t n = recv(h->fd, h->text + h->n, sizeof(h->text) - h->n, MSG_DONTWAIT);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : answer(h, strerror(errno));
        if (n == 0)
                return answer(h, "connection closed without an answer");
        if (h->what->type == HEALTH_TCP)
                return answer(h, NULL);
        h->n += (size_t)n;
        return judge_http(h);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Health *h = userdata;

        return h->connected ? on_answer(h) : on_connected(h);
}

static socklen_t address_of(const RunHealth *what, struct sockaddr_storage *ret)
{
        struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(what->port) };
        struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(what->port) };

        if (inet_pton(AF_INET, what->address, &v4.sin_addr) == 1) {
                memcpy(ret, &v4, sizeof(v4));
                return sizeof(v4);
        }
        if (inet_pton(AF_INET6, what->address, &v6.sin6_addr) != 1)
                return 0;
        memcpy(ret, &v6, sizeof(v6));
        return sizeof(v6);
}

static int call(Health *h)
{
        struct sockaddr_storage address = {};
        socklen_t size = address_of(h->what, &address);
        int r;

        if (size == 0)
                return -EINVAL;
        h->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (h->fd < 0)
                return -errno;
        if (connect(h->fd, (const struct sockaddr *)(const void *)&address, size) < 0 &&
            errno != EINPROGRESS)
                return -errno;
        r = sd_event_add_io(h->event, &h->source, h->fd, EPOLLOUT, on_io, h);
        if (r < 0)
                return r;
        return sd_event_add_time_relative(h->event, &h->timer, CLOCK_MONOTONIC,
                                          h->what->timeout_ms * 1000ULL, 0, on_timeout, h);
}

void health_ask(Health *h)
{
        int r;

        hang_up(h);
        r = call(h);
        if (r < 0)
                (void)answer(h, strerror(-r));
}

int health_new(sd_event *event, const RunHealth *what, HealthAnswer answer_, void *userdata,
               Health **ret)
{
        Health *h = calloc(1, sizeof(*h));

        if (!h)
                return -ENOMEM;
        h->event = sd_event_ref(event);
        h->what = what;
        h->answer = answer_;
        h->userdata = userdata;
        h->fd = -EBADF;
        *ret = h;
        return 0;
}

void health_describe(const RunHealth *what, StrBuf *out)
{
        str_buf_add(out, what->type == HEALTH_HTTP ? "http://" : "tcp ");
        add_host(what, out);
        if (what->type == HEALTH_HTTP)
                str_buf_add(out, what->endpoint);
}
